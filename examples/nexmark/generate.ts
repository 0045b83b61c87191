/**
 * Makes events of Nexmark: one person to three auctions to 46 bids, in the order in which they arrive.
 *
 *     node examples/nexmark/generate.ts --events 20000 --seed 1 > events.jsonl
 *
 * Every event depends on the seed, its number and the ids given out before it only; so the same plan gives
 * the same events, byte by byte, on any machine. Proportions and prices are those that were published with
 * Nexmark: half of the bids are for one hot auction, three of four by one hot bidder.
 */
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { parseArgs } from 'node:util'
import type { Auction, Bid, Person } from './events.ts'
import { MersenneTwister } from './mersenne-twister.ts'

/** What events to make. */
export interface Plan {
  readonly seed: number
  readonly events: number
  /** How many arrive in a second. */
  readonly perSecond: number
  /** How far an event may be behind its arrival, milliseconds: 35 % of them are, by less than this. */
  readonly boundMs: number
  /** Stretches of time: when each begins, and how many events arrive in it. */
  readonly segments: readonly (readonly [begins: string, events: number])[]
}

/** An event as a line of a file has it: it says of what kind it is. */
export type Line =
  | ({ readonly kind: 'person' } & Person)
  | ({ readonly kind: 'auction' } & Auction)
  | ({ readonly kind: 'bid' } & Bid)

const CITIES = [
  'Phoenix',
  'Los Angeles',
  'San Francisco',
  'Boise',
  'Portland',
  'Bend',
  'Redmond',
  'Seattle',
  'Kent',
  'Cheyenne',
] as const
const STATES = ['AZ', 'CA', 'ID', 'OR', 'WA', 'WY'] as const
const FIRST_NAMES = [
  'Peter',
  'Paul',
  'Luke',
  'John',
  'Saul',
  'Vicky',
  'Kate',
  'Julie',
  'Sarah',
  'Deiter',
  'Walter',
] as const
const LAST_NAMES = [
  'Shultz',
  'Abrams',
  'Spencer',
  'White',
  'Bartels',
  'Walton',
  'Smith',
  'Jones',
  'Noris',
] as const
const CHANNELS = ['Google', 'Facebook', 'Baidu', 'Apple'] as const
const LETTERS = 'abcdefghijklmnopqrstuvwxyz'
const FIRST_ID = 1000
const FIRST_CATEGORY = 10
const CATEGORIES = 5
/** Of fifty events the first is a person, the next three are auctions, the others bids. */
const ROUND = 50
const AUCTIONS = 3
/** Every hundredth person and auction is hot, until the next one is. */
const HOT = 100
/** Sellers and bidders are among the last so many persons, or a few that are still to come. */
const ACTIVE_PERSONS = 1000
const ACTIVE_AUCTIONS = 100
const TO_COME = 10
const CHUNK_LENGTH = 65_536

/** The events of a plan, one after the other. */
export function* generate(plan: Plan): Generator<Line> {
  const house = new House(plan)
  let number = 0
  for (const [begins, count] of plan.segments) {
    const base = Date.parse(begins)
    for (let i = 0; i < count && number < plan.events; i++) {
      yield house.event(number++, base + Math.floor((i * 1000) / plan.perSecond))
    }
  }
}

class House {
  readonly #plan: Plan
  readonly #random = new MersenneTwister(0)
  #persons = 0
  #auctions = 0
  /** The bids so far by auction and time: no two are for one auction at one time, so that one is the last. */
  readonly #taken = new Set<string>()

  constructor(plan: Plan) {
    this.#plan = plan
  }

  event(number: number, arrival: number): Line {
    const random = this.#random
    const { seed, boundMs } = this.#plan
    random.seed(seed * 1_000_003 + number)
    const dateTime = arrival - (random.random() < 0.35 ? random.below(boundMs) : 0)
    const slot = number % ROUND
    if (slot === 0) return this.#person(dateTime, arrival)
    return slot <= AUCTIONS ? this.#auction(dateTime, arrival) : this.#bid(dateTime, arrival)
  }

  #person(dateTime: number, arrival: number): Line {
    const random = this.#random
    const digits = (): string => String(random.below(10_000)).padStart(4, '0')
    return {
      kind: 'person',
      id: FIRST_ID + this.#persons++,
      name: `${random.choice(FIRST_NAMES)} ${random.choice(LAST_NAMES)}`,
      emailAddress: `${this.#word(4, 7)}@${this.#word(3, 5)}.com`,
      creditCard: `${digits()} ${digits()} ${digits()} ${digits()}`,
      city: random.choice(CITIES),
      state: random.choice(STATES),
      dateTime,
      arrival,
      extra: this.#word(4, 12),
    }
  }

  #auction(dateTime: number, arrival: number): Line {
    const random = this.#random
    const seller = this.#seller()
    // As long, at most, as it takes to open a hundred auctions twice.
    const lifeMs = random.between(
      1,
      Math.floor((2 * Math.floor((HOT * ROUND) / AUCTIONS) * 1000) / this.#plan.perSecond),
    )
    const initialBid = this.#price()
    return {
      kind: 'auction',
      id: FIRST_ID + this.#auctions++,
      itemName: this.#word(4, 10),
      description: this.#word(6, 14),
      initialBid,
      reserve: initialBid + this.#price(),
      dateTime,
      expires: dateTime + lifeMs,
      seller: FIRST_ID + seller,
      category: FIRST_CATEGORY + random.below(CATEGORIES),
      arrival,
      extra: this.#word(4, 12),
    }
  }

  #bid(arrivedAt: number, arrival: number): Line {
    const auction = FIRST_ID + this.#biddenFor()
    const bidder = FIRST_ID + this.#bidder()
    const { channel, query } = this.#channel()
    let dateTime = arrivedAt
    while (this.#taken.has(`${auction} ${dateTime}`)) dateTime--
    this.#taken.add(`${auction} ${dateTime}`)
    return {
      kind: 'bid',
      auction,
      bidder,
      price: this.#price(),
      channel,
      url: `https://www.nexmark.com/${this.#word(3, 4)}/${this.#word(3, 4)}/${this.#word(3, 4)}/item.htm?query=1${query}`,
      dateTime,
      arrival,
      extra: this.#word(4, 12),
    }
  }

  #seller(): number {
    const random = this.#random
    const newest = this.#persons - 1
    if (random.random() < 0.75) return newest - (newest % HOT)
    const back = random.below(Math.min(this.#persons, ACTIVE_PERSONS) + TO_COME)
    return Math.max(0, newest - back) + random.choice([0, 0, 0, 0, 2])
  }

  #biddenFor(): number {
    const random = this.#random
    const newest = this.#auctions - 1
    if (random.random() < 0.5) return newest - (newest % HOT)
    return this.#among(this.#auctions, ACTIVE_AUCTIONS)
  }

  #bidder(): number {
    const newest = this.#persons - 1
    if (this.#random.random() < 0.75) return newest - (newest % HOT) + 1
    return this.#among(this.#persons, ACTIVE_PERSONS)
  }

  /** One of the last so many, or of those that are still to come. */
  #among(count: number, active: number): number {
    return Math.max(0, count - active) + this.#random.below(Math.min(count, active) + TO_COME)
  }

  #channel(): { readonly channel: string; readonly query: string } {
    const random = this.#random
    if (random.random() < 0.5) return { channel: random.choice(CHANNELS), query: '' }
    const number = random.below(10_000)
    const query = random.random() < 0.9 ? `&channel_id=${(number * 7919) % 100_000}` : ''
    return { channel: `channel-${number}`, query }
  }

  /** From 100 to 10⁸; every tenth is round, so that prices are equal now and then. */
  #price(): number {
    const random = this.#random
    if (random.random() < 0.1) return random.choice([1, 2, 5]) * 10 ** random.between(2, 7)
    return Math.round(100 * 10 ** (6 * random.random()))
  }

  #word(shortest: number, longest: number): string {
    const random = this.#random
    const length = random.between(shortest, longest)
    let word = ''
    for (let i = 0; i < length; i++) word += LETTERS[random.below(LETTERS.length)]
    return word
  }
}

function planOf(values: Readonly<Record<string, string | undefined>>): Plan {
  const number = (name: string, otherwise: number, least = 0): number => {
    const given = Number(values[name] ?? otherwise)
    if (Number.isSafeInteger(given) && given >= least) return given
    throw new Error(`--${name} is ${values[name]}; expected a whole number from ${least}`)
  }
  const events = number('events', 20_000)
  const begins = values['begins'] ?? '2025-06-15T23:58:40Z'
  if (Number.isNaN(Date.parse(begins))) throw new Error(`--begins is ${begins}; expected an ISO time`)
  return {
    seed: number('seed', 1),
    events,
    perSecond: number('per-second', 100, 1),
    boundMs: number('bound', 4000, 1),
    segments: [[begins, events]],
  }
}

if (import.meta.main) {
  const option = { type: 'string' } as const
  const options = { events: option, seed: option, 'per-second': option, bound: option, begins: option }
  try {
    const { values } = parseArgs({ options })
    await pipeline(Readable.from(linesOf(generate(planOf(values)))), process.stdout)
  } catch (thrown) {
    const isEnough = thrown instanceof Error && 'code' in thrown && thrown.code === 'EPIPE'
    if (!isEnough) {
      console.error(thrown instanceof Error ? thrown.message : thrown)
      process.exitCode = 2
    }
  }
}

function* linesOf(events: Iterable<Line>): Generator<string> {
  let text = ''
  for (const event of events) {
    text += `${JSON.stringify(event)}\n`
    if (text.length < CHUNK_LENGTH) continue
    yield text
    text = ''
  }
  yield text
}
