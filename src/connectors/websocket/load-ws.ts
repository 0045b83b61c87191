/** The package `ws`, which is loaded when a server is run, and only then. */
import { ConnectorError } from '../../errors.ts'

/** What of the package is used. */
export type WsPackage = typeof import('ws')

/** Not written into the import, so that bundlers for browsers do not look for it. */
const PACKAGE: string = 'ws'

/** Rejects with `PACKAGE_MISSING` where it is not installed. */
export async function loadWs(load: () => Promise<WsPackage> = importWs): Promise<WsPackage> {
  try {
    return await load()
  } catch (thrown) {
    throw new ConnectorError(
      'PACKAGE_MISSING',
      'webSocketServer needs the package "ws", which cannot be loaded; install it: npm install ws',
      { cause: thrown },
    )
  }
}

async function importWs(): Promise<WsPackage> {
  // What a package exports, an import by a name that is not written there cannot know.
  return (await import(PACKAGE)) as WsPackage
}
