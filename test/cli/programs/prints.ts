/** Prints what it reads. */
import { App } from 'sluice'

const app = new App('prints')
app.stream(app.topic('readings')).print()

export default app
