/** The queries over windows that give each result once: q5, q7, q10, q11, q12. */
import { count, hopping, json, max, min, session, sum, tumbling, type ValueOf } from 'sluice'
import { dayOf, minuteOf } from './day.ts'
import type { Bid } from './events.ts'
import { highest } from './highest.ts'
import { type Query, query } from './query.ts'

const auctionBids = json({
  auction: 'integer',
  bids: 'integer',
  windowStart: 'integer',
  windowEnd: 'integer',
})

export const q5: Query = query({
  asks: 'In windows of 10 s, one each 2 s: the auctions with the most bids, all of them where several have as many.',
  row: auctionBids,
  answer: ({ bids }) =>
    bids
      .keyBy('auction')
      .window(hopping('10s', '2s'))
      .count()
      .map(({ key, value, window }) => ({
        auction: key,
        bids: value,
        windowStart: window.start,
        windowEnd: window.end,
      }))
      .keyBy('windowEnd')
      // The counts of one window all happen at its end: one window each 2 s has nothing else in it.
      .window(tumbling('2s'))
      .aggregate(highest<ValueOf<typeof auctionBids>>(counted => counted.bids))
      .flatMap(({ value }) => value),
})

export const q7: Query = query({
  asks: 'In windows of 10 s: the bids with the highest price, all of them where several have it.',
  row: json({
    auction: 'integer',
    bidder: 'integer',
    price: 'integer',
    dateTime: 'integer',
    windowStart: 'integer',
  }),
  answer: ({ bids }) =>
    bids
      .keyBy(() => 'all')
      .window(tumbling('10s'))
      .aggregate(highest<Bid>(bid => bid.price))
      .flatMap(({ value, window }) => value.map(bid => ({ ...bid, windowStart: window.start }))),
})

export const q10: Query = query({
  asks: 'Bids by day and minute in UTC: how many, the sum of their prices, the earliest and the latest.',
  row: json({
    day: 'string',
    minute: 'string',
    bids: 'integer',
    sum: 'integer',
    first: 'integer',
    last: 'integer',
  }),
  answer: ({ bids }) =>
    bids
      .keyBy(() => 'all')
      .window(tumbling('1m'))
      .aggregate({
        bids: count(),
        sum: sum(bid => bid.price),
        first: min(bid => bid.dateTime),
        last: max(bid => bid.dateTime),
      })
      .map(({ window, value }) => ({ day: dayOf(window.start), minute: minuteOf(window.start), ...value })),
})

const perBidder = json({ bidder: 'integer', bids: 'integer', start: 'integer', end: 'integer' })

export const q11: Query = query({
  asks: 'Bids per bidder and session, which ends when the bidder has been silent for more than 10 s.',
  row: perBidder,
  answer: ({ bids }) =>
    bids
      .keyBy('bidder')
      // A bidder's bids come by several partitions: then a session is what is on time by its own time.
      .window(session('10s'), { late: 'event' })
      .count()
      .map(({ key, value, window }) => ({ bidder: key, bids: value, ...window })),
})

export const q12: Query = query({
  asks: 'Bids per bidder in windows of 10 s of the time at which they arrived.',
  row: json({ bidder: 'integer', bids: 'integer', windowStart: 'integer', windowEnd: 'integer' }),
  clock: 'arrival',
  answer: ({ bids }) =>
    bids
      .keyBy('bidder')
      .window(tumbling('10s'))
      .count()
      .map(({ key, value, window }) => ({
        bidder: key,
        bids: value,
        windowStart: window.start,
        windowEnd: window.end,
      })),
})
