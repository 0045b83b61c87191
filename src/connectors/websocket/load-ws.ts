/** The package `ws`, which is loaded when a server is run, and only then. */
import { ConnectorError } from '../../errors.ts'

/** What of the package is used. */
export type WsPackage = typeof import('ws')

/** Rejects with `PACKAGE_MISSING` where it is not installed. */
export async function loadWs(load: () => Promise<WsPackage> = () => import('ws')): Promise<WsPackage> {
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
