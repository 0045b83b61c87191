/** WebSocket: a server (which needs the package `ws`), a client and a way out, both in browsers too. */
export type { ElementForm, ElementForms } from '../shared/element-form.ts'
export type { ListenAddress } from '../shared/listen.ts'
export { DEFAULT_MAX_MESSAGE_BYTES } from './message.ts'
export { DEFAULT_RETRIES, type SocketOptions } from './socket-address.ts'
export { type ToWebSocketOptions, toWebSocket } from './to-web-socket.ts'
export { DEFAULT_MAX_WAITING_BYTES, type WebSocketOptions, webSocket } from './web-socket.ts'
export { DEFAULT_MAX_CLIENTS, type WebSocketServerOptions, webSocketServer } from './web-socket-server.ts'
