/**
 * A real browser for tests: shows pages of a server of their own, and collects all that went wrong.
 */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Browser, chromium, type Page } from 'playwright-core'
import './dom-types.ts'

/** As root, and where there is little shared memory, Chromium starts only so. */
const ARGUMENTS = ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu']
const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  json: 'application/json; charset=utf-8',
}

/** A page that is shown. */
export interface Shown {
  readonly page: Page
  /** What it wrote to the console, as `type: text`. */
  readonly console: readonly string[]
  /** Errors that nobody caught, warnings and errors of the console, and what could not be loaded. */
  readonly problems: readonly string[]
}

/** A browser and a server; start one for a file of tests, and close it after them. */
export class TestBrowser {
  readonly #browser: Browser
  readonly #server: Server
  readonly #origin: string
  readonly #files = new Map<string, string>()
  #pages = 0

  private constructor(browser: Browser, server: Server) {
    this.#browser = browser
    this.#server = server
    // a server that listens on a port has an address of this kind
    this.#origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    server.on('request', (request, response) => {
      const name = (request.url ?? '').slice(1)
      const text = this.#files.get(name)
      const isIcon = name === 'favicon.ico'
      response.writeHead(text === undefined ? (isIcon ? 204 : 404) : 200, {
        'content-type': TYPES[name.split('.').at(-1) ?? ''] ?? 'text/plain; charset=utf-8',
      })
      response.end(text)
    })
  }

  /** Starts the browser at this path. */
  static async start(executablePath: string): Promise<TestBrowser> {
    const server = createServer()
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    try {
      return new TestBrowser(await chromium.launch({ executablePath, args: ARGUMENTS }), server)
    } catch (error) {
      server.close()
      throw error
    }
  }

  /**
   * Shows a page with this body; resolves when it and its scripts are loaded. `files` are served beside
   * it by their names, such as `chart.js`: `<script type="module">import … from './chart.js'</script>`.
   */
  async show(body: string, files: Readonly<Record<string, string>> = {}): Promise<Shown> {
    const folder = `page-${++this.#pages}`
    this.#files.set(`${folder}/index.html`, `<!doctype html><meta charset="utf-8"><body>${body}</body>`)
    for (const [name, text] of Object.entries(files)) this.#files.set(`${folder}/${name}`, text)
    const page = await this.#browser.newPage()
    const shown = { page, console: [] as string[], problems: [] as string[] }
    page.on('pageerror', error => shown.problems.push(`error: ${error.message}`))
    page.on('requestfailed', request => shown.problems.push(`not loaded: ${request.url()}`))
    page.on('response', response => {
      if (response.status() >= 400) shown.problems.push(`${response.status()}: ${response.url()}`)
    })
    page.on('console', message => {
      const line = `${message.type()}: ${message.text()}`
      shown.console.push(line)
      if (message.type() === 'error' || message.type() === 'warning') shown.problems.push(line)
    })
    await page.goto(`${this.#origin}/${folder}/index.html`, { waitUntil: 'load' })
    return shown
  }

  /** Ends the browser and the server. */
  async close(): Promise<void> {
    await this.#browser.close()
    this.#server.closeAllConnections()
    await new Promise(resolve => this.#server.close(resolve))
  }
}
