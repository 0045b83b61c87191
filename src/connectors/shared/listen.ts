/** Listening at a port, and what its failures mean. */
import type { Server } from 'node:net'
import { ConnectorError, messageOf } from '../../errors.ts'

/** Where a server listens. */
export interface ListenAddress {
  readonly host: string
  /** The real port, also where 0 was asked for. */
  readonly port: number
}

/** What `listen` needs beside the server. */
export interface Listening {
  /** Whose server it is, for messages. */
  readonly name: string
  readonly at: ListenAddress
  /** Told when the server fails later, such as when the process may open no more sockets. */
  readonly failed: (error: ConnectorError) => void
}

/** Resolves with the address when the server accepts connections; rejects with a `ConnectorError`. */
export async function listen(server: Server, { name, at, failed }: Listening): Promise<ListenAddress> {
  await new Promise<void>((resolve, reject) => {
    const refused = (error: Error): void => reject(listenError(error, name, at))
    server.once('error', refused)
    server.listen(at.port, at.host, () => {
      server.off('error', refused)
      server.on('error', error => failed(listenError(error, name, at)))
      resolve()
    })
  })
  return addressOf(server, at)
}

/** Where a server that was told to listen somewhere really does. */
export function addressOf(server: Pick<Server, 'address'>, at: ListenAddress): ListenAddress {
  const address = server.address()
  return { host: at.host, port: typeof address === 'object' && address !== null ? address.port : at.port }
}

/** What hinders a server, and the likely fix. */
export function listenError(error: Error, name: string, at: ListenAddress): ConnectorError {
  const cause = { cause: error }
  switch ('code' in error ? error.code : undefined) {
    case 'EADDRINUSE':
      return new ConnectorError(
        'PORT_IN_USE',
        `${name}: port ${at.port} of ${at.host} is in use; stop the program that listens there, or choose another port (0 for any that is free)`,
        cause,
      )
    case 'EACCES':
      return failed(`this user may not listen at port ${at.port}; choose one from 1024 on`)
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return failed(`${at.host} is no address of this machine; expected one of its own, or "0.0.0.0" for all`)
    default:
      return failed(messageOf(error))
  }

  function failed(why: string): ConnectorError {
    return new ConnectorError(
      'SOURCE_FAILED',
      `${name}: cannot listen at ${at.host}:${at.port}: ${why}`,
      cause,
    )
  }
}
