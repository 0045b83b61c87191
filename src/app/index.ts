/** The app. */
export { App, type AppOptions } from './app.ts'
