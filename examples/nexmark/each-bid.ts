/** The queries that look at one bid at a time: q0, q1, q2, q13, q14, q21, q22. */
import { json } from 'sluice'
import { type Query, query } from './query.ts'

const bidRow = { auction: 'integer', bidder: 'integer', price: 'integer' } as const

export const q0: Query = query({
  asks: 'Every bid unchanged.',
  row: json({ ...bidRow, dateTime: 'integer', extra: 'string' }),
  answer: ({ bids }) => bids,
})

export const q1: Query = query({
  asks: 'Every bid with its price times 0.908, as a decimal with exactly three places.',
  row: json({ auction: 'integer', bidder: 'integer', price: 'string', dateTime: 'integer', extra: 'string' }),
  answer: ({ bids }) => bids.map(bid => ({ ...bid, price: euros(bid.price) })),
})

export const q2: Query = query({
  asks: 'Auction and price of the bids whose auction id is divisible by 123.',
  row: json({ auction: 'integer', price: 'integer' }),
  answer: ({ bids }) => bids.filter(bid => bid.auction % 123 === 0),
})

/** The small table of q13: `side-<key>` for the keys from 0 to 99 that are not divisible by 3. */
const SIDE: ReadonlyMap<number, string> = new Map(
  Array.from({ length: 100 }, (_, key) => [key, `side-${key}`] as const).filter(([key]) => key % 3 !== 0),
)

export const q13: Query = query({
  asks: 'Every bid with the value that a small table has for its auction modulo 100; bids without one are dropped.',
  row: json({ ...bidRow, dateTime: 'integer', value: 'string' }),
  answer: ({ bids }) =>
    bids.flatMap(bid => {
      const value = SIDE.get(bid.auction % 100)
      return value === undefined ? [] : [{ ...bid, value }]
    }),
})

export const q14: Query = query({
  asks:
    'Bids whose price times 0.908 is above 1,000,000 and below 50,000,000: that price, whether it was day (from ' +
    '8 to 18), night (until 6 or from 20) or another time by the hour in UTC, and how often the letter c is in extra.',
  row: json({
    ...bidRow,
    price: 'string',
    timeOfDay: 'string',
    dateTime: 'integer',
    extra: 'string',
    c: 'integer',
  }),
  answer: ({ bids }) =>
    bids
      .filter(({ price }) => 908 * price > 1_000_000_000 && 908 * price < 50_000_000_000)
      .map(bid => ({
        ...bid,
        price: euros(bid.price),
        timeOfDay: timeOfDay(new Date(bid.dateTime).getUTCHours()),
        c: bid.extra.split('c').length - 1,
      })),
})

const CHANNELS: ReadonlyMap<string, string> = new Map([
  ['apple', '0'],
  ['google', '1'],
  ['facebook', '2'],
  ['baidu', '3'],
])

export const q21: Query = query({
  asks:
    "The channel's id: 0 of apple, 1 of google, 2 of facebook, 3 of baidu, whatever the case of the letters, else " +
    'channel_id of the url; bids without either are dropped.',
  row: json({ ...bidRow, channel: 'string', channelId: 'string' }),
  answer: ({ bids }) =>
    bids.flatMap(bid => {
      const channelId = CHANNELS.get(bid.channel.toLowerCase()) ?? /[&?]channel_id=([^&]*)/.exec(bid.url)?.[1]
      return channelId === undefined ? [] : [{ ...bid, channelId }]
    }),
})

export const q22: Query = query({
  asks: "The first three directories of the bid's url: the parts after the host.",
  row: json({ ...bidRow, channel: 'string', dir1: 'string', dir2: 'string', dir3: 'string' }),
  answer: ({ bids }) =>
    bids.map(bid => {
      const [, , , dir1 = '', dir2 = '', dir3 = ''] = bid.url.split('/')
      return { ...bid, dir1, dir2, dir3 }
    }),
})

/** A price in dollars as euros with three places: products of whole numbers are exact. */
function euros(dollars: number): string {
  return ((908 * dollars) / 1000).toFixed(3)
}

function timeOfDay(hour: number): string {
  if (hour >= 8 && hour <= 18) return 'dayTime'
  return hour <= 6 || hour >= 20 ? 'nightTime' : 'otherTime'
}
