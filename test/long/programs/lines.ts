/** Reads lines as readings, which none is; once it is `MENDED`, as bytes of which it tells length and checksum. */
import { crc32 } from 'node:zlib'
import { App, bytes, json } from 'sluice'

const app = new App('lines', { onError: 'deadLetter' })
const checks = app.topic('checks', { value: json({ length: 'integer', crc: 'integer' }) })

if (process.env['MENDED'] === undefined) {
  const readings = app.topic('lines', { value: json({ sensor: 'string', time: 'number', value: 'number' }) })
  app
    .stream(readings)
    .map(() => ({ length: -1, crc: -1 }))
    .to(checks)
} else {
  app
    .stream(app.topic('lines', { value: bytes() }))
    .map(line => ({ length: line.length, crc: crc32(line) }))
    .to(checks)
}

export default app
