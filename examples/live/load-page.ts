/** What the crawler runs on its pool: loads a page, and finds its links. */

/** A page that was loaded. */
export interface LoadedPage {
  readonly address: string
  readonly size: number
  /** The pages of the same site that it links to. */
  readonly links: readonly string[]
}

/** Loads a page. Fails when there is none at this address. */
export async function loadPage(address: string): Promise<LoadedPage> {
  const response = await fetch(address)
  if (!response.ok) throw new Error(`${address} answers ${response.status}`)
  const html = await response.text()
  const links = [...html.matchAll(/<a href="([^"#]*)/g)].map(([, target = '']) => new URL(target, address))
  const own = links.filter(link => link.origin === new URL(address).origin)
  return { address, size: html.length, links: own.map(String) }
}
