/** The app, and the producer for everybody else's records. */
export { App, type AppOptions } from './app.ts'
export { DEFAULT_BATCH_BYTES, Producer, type ProducerOptions, type SendOptions } from './producer.ts'
export { openView, type View } from './view.ts'
