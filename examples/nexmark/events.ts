/**
 * What happens at the auction house of Nexmark: persons register, open auctions, and bid. All three come
 * by one topic, as lines of JSON that say by `kind` what they are, up to four seconds out of order.
 *
 * https://datalab.snu.ac.kr/~ukang/papers/nexmark.pdf is where it comes from; fields as in Apache Flink's version.
 */
import { type App, type Codec, CodecError, json, type Stream, type Topic, type ValueOf } from 'sluice'

/** How far an event may be behind the newest one of its partition. */
export const OUT_OF_ORDER = '4s'
/** The topic of events. */
export const EVENTS = 'events'
/** Line n of a file of events is in partition n mod 4. */
export const PARTITIONS = 4

const person = json({
  id: 'integer',
  name: 'string',
  emailAddress: 'string',
  creditCard: 'string',
  city: 'string',
  state: 'string',
  dateTime: 'integer',
  arrival: 'integer',
  extra: 'string',
})

const auction = json({
  id: 'integer',
  itemName: 'string',
  description: 'string',
  initialBid: 'integer',
  reserve: 'integer',
  dateTime: 'integer',
  expires: 'integer',
  seller: 'integer',
  category: 'integer',
  arrival: 'integer',
  extra: 'string',
})

const bid = json({
  auction: 'integer',
  bidder: 'integer',
  price: 'integer',
  channel: 'string',
  url: 'string',
  dateTime: 'integer',
  arrival: 'integer',
  extra: 'string',
})

/** Somebody who registered: may sell and bid. Times of events are epoch milliseconds. */
export type Person = ValueOf<typeof person>
/** Something for sale, from `dateTime` until `expires`. */
export type Auction = ValueOf<typeof auction>
/** What a bidder offers for an auction. */
export type Bid = ValueOf<typeof bid>
/** Whatever happens. `dateTime` is when it happened, `arrival` when it came. */
export type NexmarkEvent = Person | Auction | Bid

export const isPerson = (event: NexmarkEvent): event is Person => 'emailAddress' in event
export const isAuction = (event: NexmarkEvent): event is Auction => 'seller' in event
export const isBid = (event: NexmarkEvent): event is Bid => 'bidder' in event

/** The three streams of one topic, with their event time; each is made when it is asked for. */
export interface Events {
  readonly persons: Stream<Person>
  readonly auctions: Stream<Auction>
  readonly bids: Stream<Bid>
}

/** The topic of events. */
export function eventsTopic(app: App): Topic<NexmarkEvent> {
  return app.topic(EVENTS, { value: eventCodec, partitions: PARTITIONS })
}

/** The events of an app, which happened when `clock` says. */
export function eventsOf(topic: Topic<NexmarkEvent>, app: App, clock: 'dateTime' | 'arrival'): Events {
  const events = app
    .stream(topic)
    // Events of any year are welcome, so none is too far ahead of its append time.
    .eventTime(event => event[clock], { outOfOrder: OUT_OF_ORDER, maxAhead: false })
  return {
    get persons() {
      return events.filter(isPerson)
    },
    get auctions() {
      return events.filter(isAuction)
    },
    get bids() {
      return events.filter(isBid)
    },
  }
}

interface Kind {
  readonly name: string
  readonly is: (event: NexmarkEvent) => boolean
  readonly codec: Codec<NexmarkEvent>
  /** How a line of this kind begins, as a rule. */
  readonly beginning: Uint8Array
}

const KINDS: readonly Kind[] = [
  kind('bid', { is: isBid, codec: bid }),
  kind('auction', { is: isAuction, codec: auction }),
  kind('person', { is: isPerson, codec: person }),
]
const anyKind = json({ kind: 'string' })

/** Events by their kind: each is read by the schema of its own. */
export const eventCodec: Codec<NexmarkEvent> = {
  name: 'nexmark',
  fingerprint: `nexmark:1 ${KINDS.map(({ codec }) => codec.fingerprint).join(' ')}`,
  decode: (bytes, start, end) => codecOf(bytes, start, end).decode(bytes, start, end),
  encode(event, into) {
    const name = KINDS.find(({ is }) => is(event))?.name
    into.writeUtf8(JSON.stringify({ kind: name, ...event }))
  },
}

function kind(name: string, { is, codec }: Pick<Kind, 'is' | 'codec'>): Kind {
  return { name, is, codec, beginning: Buffer.from(`{"kind":"${name}"`) }
}

function codecOf(bytes: Uint8Array, start: number, end: number): Codec<NexmarkEvent> {
  for (const { beginning, codec } of KINDS) if (beginsWith(bytes, start, beginning)) return codec
  const found = anyKind.decode(bytes, start, end).kind
  const known = KINDS.find(({ name }) => name === found)
  if (known !== undefined) return known.codec
  throw new CodecError(
    'DECODE_FAILED',
    `kind is ${JSON.stringify(found)}; expected "person", "auction" or "bid"`,
  )
}

function beginsWith(bytes: Uint8Array, start: number, beginning: Uint8Array): boolean {
  for (let at = 0; at < beginning.length; at++) if (bytes[start + at] !== beginning[at]) return false
  return true
}
