/** TCP: lines from any number of connections. */
export type { ElementForm, ElementForms } from '../shared/element-form.ts'
export type { ListenAddress } from '../shared/listen.ts'
export { DEFAULT_MAX_CONNECTIONS, type TcpServerOptions, tcpServer } from './tcp-server.ts'
