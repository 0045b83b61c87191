/**
 * The answers to all queries of Nexmark, each computed by plain code over the array of all events: it shares
 * nothing with the engine, and is told nothing of partitions, workers or the order of arrival.
 */
import type { Auction, Bid, Person } from '../../examples/nexmark/events.ts'
import type { Line } from '../../examples/nexmark/generate.ts'

/** A row of an answer: its columns in their order. */
export type Row = readonly (string | number)[]

/** What happened, by kind. */
interface House {
  readonly persons: readonly Person[]
  readonly auctions: readonly Auction[]
  readonly bids: readonly Bid[]
}

type Answer = (house: House) => readonly Row[]

const WINDOW_MS = 10_000
const HOP_MS = 2000
const GAP_MS = 10_000
const MINUTE_MS = 60_000
const DAY_MS = 86_400_000

/** The answer to a query. */
export function batchAnswer(name: string, events: readonly Line[]): readonly Row[] {
  const answer = ANSWERS[name]
  if (answer === undefined) throw new Error(`no batch code for ${name}`)
  return answer({
    persons: events.filter(event => event.kind === 'person'),
    auctions: events.filter(event => event.kind === 'auction'),
    bids: events.filter(event => event.kind === 'bid'),
  })
}

const ANSWERS: Readonly<Record<string, Answer>> = {
  q0: ({ bids }) => bids.map(b => [b.auction, b.bidder, b.price, b.dateTime, b.extra]),
  q1: ({ bids }) => bids.map(b => [b.auction, b.bidder, thousandths(908 * b.price), b.dateTime, b.extra]),
  q2: ({ bids }) => bids.filter(b => b.auction % 123 === 0).map(b => [b.auction, b.price]),
  q3: ({ auctions, persons }) =>
    auctions
      .filter(a => a.category === 10)
      .flatMap(a =>
        persons
          .filter(p => p.id === a.seller && ['OR', 'ID', 'CA'].includes(p.state))
          .map((p): Row => [p.name, p.city, p.state, a.id]),
      ),
  q4: house =>
    groups(winners(house), w => w.auction.category).map(([category, won]) => [
      category,
      total(won, w => w.bid.price) / won.length,
    ]),
  q5: ({ bids }) => {
    const inWindows = bids.flatMap(b =>
      Array.from({ length: WINDOW_MS / HOP_MS }, (_, back) => ({
        start: floor(b.dateTime, HOP_MS) - back * HOP_MS,
        auction: b.auction,
      })),
    )
    return groups(inWindows, w => w.start).flatMap(([start, all]) => {
      const counts = groups(all, w => w.auction).map(([auction, same]) => ({ auction, count: same.length }))
      const most = Math.max(...counts.map(c => c.count))
      return counts.filter(c => c.count === most).map((c): Row => [c.auction, most, start, start + WINDOW_MS])
    })
  },
  q6: house =>
    groups(winners(house), w => w.auction.seller).flatMap(([seller, won]) => {
      const inOrder = won.toSorted((a, b) => a.bid.dateTime - b.bid.dateTime || a.auction.id - b.auction.id)
      return inOrder.map((w, at): Row => {
        const lastTen = inOrder.slice(Math.max(0, at - 9), at + 1)
        return [seller, w.auction.id, total(lastTen, each => each.bid.price) / lastTen.length]
      })
    }),
  q7: ({ bids }) =>
    groups(bids, b => floor(b.dateTime, WINDOW_MS)).flatMap(([start, all]) => {
      const highest = all.reduce((most, b) => Math.max(most, b.price), 0)
      return all
        .filter(b => b.price === highest)
        .map((b): Row => [b.auction, b.bidder, b.price, b.dateTime, start])
    }),
  q8: ({ persons, auctions }) => {
    const opened = new Set(auctions.map(a => `${a.seller} ${floor(a.dateTime, WINDOW_MS)}`))
    const rows = persons
      .filter(p => opened.has(`${p.id} ${floor(p.dateTime, WINDOW_MS)}`))
      .map((p): Row => [p.id, p.name, floor(p.dateTime, WINDOW_MS)])
    return [...new Map(rows.map(row => [JSON.stringify(row), row])).values()]
  },
  q9: house =>
    winners(house).map(({ auction: a, bid: b }) => [
      a.id,
      a.itemName,
      a.category,
      a.seller,
      a.dateTime,
      a.expires,
      b.bidder,
      b.price,
      b.dateTime,
    ]),
  q10: ({ bids }) =>
    groups(bids, b => floor(b.dateTime, MINUTE_MS)).map(([minute, all]) => [
      iso(minute).slice(0, 10),
      iso(minute).slice(11, 16),
      all.length,
      total(all, b => b.price),
      all.reduce((first, b) => Math.min(first, b.dateTime), Number.POSITIVE_INFINITY),
      all.reduce((last, b) => Math.max(last, b.dateTime), 0),
    ]),
  q11: ({ bids }) =>
    groups(bids, b => b.bidder).flatMap(([bidder, all]) => {
      const times = all.map(b => b.dateTime).sort((a, b) => a - b)
      const sessions: { start: number; last: number; count: number }[] = []
      for (const time of times) {
        const open = sessions.at(-1)
        if (open === undefined || time - open.last > GAP_MS)
          sessions.push({ start: time, last: time, count: 1 })
        else Object.assign(open, { last: time, count: open.count + 1 })
      }
      return sessions.map(({ start, last, count }): Row => [bidder, count, start, last + GAP_MS])
    }),
  q12: ({ bids }) =>
    groups(bids, b => b.bidder).flatMap(([bidder, all]) =>
      groups(all, b => floor(b.arrival, WINDOW_MS)).map(
        ([start, same]): Row => [bidder, same.length, start, start + WINDOW_MS],
      ),
    ),
  q13: ({ bids }) =>
    bids
      .filter(b => (b.auction % 100) % 3 !== 0)
      .map(b => [b.auction, b.bidder, b.price, b.dateTime, `side-${b.auction % 100}`]),
  q14: ({ bids }) =>
    bids
      .filter(b => 908 * b.price > 1e9 && 908 * b.price < 5e10)
      .map(b => {
        const hour = Number(iso(b.dateTime).slice(11, 13))
        const night = hour <= 6 || hour >= 20 ? 'nightTime' : 'otherTime'
        return [
          b.auction,
          b.bidder,
          thousandths(908 * b.price),
          hour >= 8 && hour <= 18 ? 'dayTime' : night,
          b.dateTime,
          b.extra,
          (b.extra.match(/c/g) ?? []).length,
        ]
      }),
  q15: ({ bids }) => groups(bids, day).map(([date, all]) => [date, ...countsOf(all)]),
  q16: ({ bids }) =>
    groups(bids, b => b.channel).flatMap(([channel, same]) =>
      groups(same, day).map(([date, all]): Row => {
        const last = all.reduce((latest, b) => Math.max(latest, b.dateTime), 0)
        return [channel, date, iso(last).slice(11, 16), ...countsOf(all)]
      }),
    ),
  q17: ({ bids }) =>
    groups(bids, b => b.auction).flatMap(([auction, same]) =>
      groups(same, day).map(([date, all]): Row => {
        const prices = all.map(b => b.price)
        return [
          auction,
          date,
          ...banded(all).map(part => part.length),
          Math.min(...prices),
          Math.max(...prices),
          total(all, b => b.price) / all.length,
          total(all, b => b.price),
        ]
      }),
    ),
  q18: ({ bids }) =>
    groups(bids, b => `${b.bidder} ${b.auction}`).map(([, all]) => {
      const b = all.reduce((last, next) => (next.dateTime > last.dateTime ? next : last))
      return [b.auction, b.bidder, b.price, b.channel, b.dateTime, b.extra]
    }),
  q19: ({ bids }) =>
    groups(bids, b => b.auction).flatMap(([, all]) =>
      all
        .toSorted((a, b) => b.price - a.price || a.dateTime - b.dateTime)
        .slice(0, 10)
        .map((b, at): Row => [b.auction, b.bidder, b.price, b.dateTime, at + 1]),
    ),
  q20: ({ bids, auctions }) => {
    const byId = new Map(groups(auctions, a => a.id))
    return bids.flatMap(b =>
      (byId.get(b.auction) ?? [])
        .filter(a => a.category === 10)
        .map(
          (a): Row => [b.auction, b.bidder, b.price, b.dateTime, a.itemName, a.seller, a.dateTime, a.expires],
        ),
    )
  },
  q21: ({ bids }) =>
    bids.flatMap((b): Row[] => {
      const known = ['apple', 'google', 'facebook', 'baidu'].indexOf(b.channel.toLowerCase())
      const inUrl = b.url.split(/[?&]/).find(part => part.startsWith('channel_id='))
      if (known < 0 && inUrl === undefined) return []
      const id = known >= 0 ? String(known) : (inUrl ?? '').slice('channel_id='.length)
      return [[b.auction, b.bidder, b.price, b.channel, id]]
    }),
  q22: ({ bids }) =>
    bids.map(b => {
      const parts = b.url.split('/')
      return [b.auction, b.bidder, b.price, b.channel, parts[3] ?? '', parts[4] ?? '', parts[5] ?? '']
    }),
  q23: ({ bids, persons, auctions }) => {
    const people = new Map(groups(persons, p => p.id))
    const own = new Map(groups(auctions, a => a.seller))
    return bids.flatMap(b =>
      (people.get(b.bidder) ?? []).flatMap(p =>
        (own.get(b.bidder) ?? []).map((a): Row => [b.auction, b.bidder, b.price, b.dateTime, p.name, a.id]),
      ),
    )
  },
}

interface Won {
  readonly auction: Auction
  readonly bid: Bid
}

/** Each auction with its winning bid, if it has one. */
function winners({ auctions, bids }: House): readonly Won[] {
  const byAuction = new Map(groups(bids, b => b.auction))
  return auctions.flatMap(auction => {
    const [bid] = (byAuction.get(auction.id) ?? [])
      .filter(b => b.dateTime >= auction.dateTime && b.dateTime <= auction.expires)
      .sort((a, b) => b.price - a.price || a.dateTime - b.dateTime)
    return bid === undefined ? [] : [{ auction, bid }]
  })
}

function countsOf(bids: readonly Bid[]): readonly number[] {
  const parts = banded(bids)
  return [
    ...parts.map(part => part.length),
    ...parts.map(part => new Set(part.map(b => b.bidder)).size),
    ...parts.map(part => new Set(part.map(b => b.auction)).size),
  ]
}

/** All bids, and those of each band of prices. */
function banded(bids: readonly Bid[]): readonly (readonly Bid[])[] {
  return [
    bids,
    bids.filter(b => b.price < 10_000),
    bids.filter(b => b.price >= 10_000 && b.price < 1_000_000),
    bids.filter(b => b.price >= 1_000_000),
  ]
}

function day(bid: Bid): string {
  return iso(floor(bid.dateTime, DAY_MS)).slice(0, 10)
}

function groups<T, K>(all: readonly T[], by: (each: T) => K): readonly (readonly [K, readonly T[]])[] {
  return [...Map.groupBy(all, by)]
}

function total<T>(all: readonly T[], of: (each: T) => number): number {
  return all.reduce((sum, each) => sum + of(each), 0)
}

function floor(time: number, step: number): number {
  return Math.floor(time / step) * step
}

function iso(time: number): string {
  return new Date(time).toISOString()
}

/** A number of thousandths as a decimal. */
function thousandths(number: number): string {
  return `${Math.floor(number / 1000)}.${String(number % 1000).padStart(3, '0')}`
}
