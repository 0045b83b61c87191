/** HTTP: each body that is posted is an element. */
export type { ListenAddress } from '../shared/listen.ts'
export {
  type BodyForm,
  type BodyForms,
  DEFAULT_HTTP_CONCURRENCY,
  DEFAULT_MAX_BODY_BYTES,
  type HttpServerOptions,
  httpServer,
} from './http-server.ts'
