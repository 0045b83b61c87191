/**
 * The queries whose results are about a day and grow with it: q15, q16, q17. A result comes each ten seconds
 * where something has changed, and the last one when the day is over; then nothing of it is kept.
 */
import { count, distinct, json, max, mean, min, sum, tumbling, type WindowOptions, where } from 'sluice'
import { dayOf, minuteOf } from './day.ts'
import type { Bid } from './events.ts'
import { type Query, query } from './query.ts'

const UPDATED: WindowOptions = { emit: { every: '10s' } }

const isLow = ({ price }: Bid): boolean => price < 10_000
const isMiddle = ({ price }: Bid): boolean => price >= 10_000 && price < 1_000_000
const isHigh = ({ price }: Bid): boolean => price >= 1_000_000

const bidCounts = {
  bids_total: count<Bid>(),
  bids_rank1: where(isLow, count()),
  bids_rank2: where(isMiddle, count()),
  bids_rank3: where(isHigh, count()),
}
const bidders = distinct<Bid>(bid => bid.bidder)
const auctions = distinct<Bid>(bid => bid.auction)
const counts = {
  ...bidCounts,
  bidders_total: bidders,
  bidders_rank1: where(isLow, bidders),
  bidders_rank2: where(isMiddle, bidders),
  bidders_rank3: where(isHigh, bidders),
  auctions_total: auctions,
  auctions_rank1: where(isLow, auctions),
  auctions_rank2: where(isMiddle, auctions),
  auctions_rank3: where(isHigh, auctions),
}

const bidCountColumns = {
  bids_total: 'integer',
  bids_rank1: 'integer',
  bids_rank2: 'integer',
  bids_rank3: 'integer',
} as const
const countColumns = {
  ...bidCountColumns,
  bidders_total: 'integer',
  bidders_rank1: 'integer',
  bidders_rank2: 'integer',
  bidders_rank3: 'integer',
  auctions_total: 'integer',
  auctions_rank1: 'integer',
  auctions_rank2: 'integer',
  auctions_rank3: 'integer',
} as const

export const q15: Query = query({
  asks:
    'Per day: bids, different bidders and different auctions, each in all and by price: below 10,000, below ' +
    '1,000,000, the rest.',
  row: json({ day: 'string', ...countColumns }),
  replaces: ['day'],
  answer: ({ bids }) =>
    bids
      .keyBy(() => 'all')
      .window(tumbling('1d'), UPDATED)
      .aggregate(counts)
      .map(({ window, value }) => ({ day: dayOf(window.start), ...value })),
})

export const q16: Query = query({
  asks: 'As q15 per channel and day, with the latest minute.',
  row: json({ channel: 'string', day: 'string', minute: 'string', ...countColumns }),
  replaces: ['channel', 'day'],
  answer: ({ bids }) =>
    bids
      .keyBy('channel')
      .window(tumbling('1d'), UPDATED)
      .aggregate({ ...counts, latest: max(bid => bid.dateTime) })
      .map(({ key, window, value }) => ({
        channel: key,
        day: dayOf(window.start),
        minute: minuteOf(value.latest),
        ...value,
      })),
})

export const q17: Query = query({
  asks: 'Per auction and day: bids in all and by price; the lowest, highest and average price, and their sum.',
  row: json({
    auction: 'integer',
    day: 'string',
    ...bidCountColumns,
    min: 'integer',
    max: 'integer',
    average: 'number',
    sum: 'integer',
  }),
  replaces: ['auction', 'day'],
  answer: ({ bids }) =>
    bids
      .keyBy('auction')
      .window(tumbling('1d'), UPDATED)
      .aggregate({
        ...bidCounts,
        min: min(bid => bid.price),
        max: max(bid => bid.price),
        average: mean(bid => bid.price),
        sum: sum(bid => bid.price),
      })
      .map(({ key, window, value }) => ({ auction: key, day: dayOf(window.start), ...value })),
})
