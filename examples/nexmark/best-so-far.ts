/** The queries whose results replace one another as bids come: q18, q19. */
import { json } from 'sluice'
import { type Query, query } from './query.ts'

export const q18: Query = query({
  asks: 'The last bid of each bidder for each auction.',
  row: json({
    auction: 'integer',
    bidder: 'integer',
    price: 'integer',
    channel: 'string',
    dateTime: 'integer',
    extra: 'string',
  }),
  replaces: ['auction', 'bidder'],
  answer: ({ bids }) =>
    bids
      .map(({ auction, bidder, price, channel, dateTime, extra }) => ({
        auction,
        bidder,
        price,
        channel,
        dateTime,
        extra,
      }))
      .keyBy(bid => [bid.bidder, bid.auction])
      .running()
      .last()
      .map(({ value }) => value),
})

export const q19: Query = query({
  asks: 'The ten highest bids of each auction with their rank; of equal prices the earlier one is first.',
  row: json({
    auction: 'integer',
    bidder: 'integer',
    price: 'integer',
    dateTime: 'integer',
    rank: 'integer',
  }),
  replaces: ['auction', 'rank'],
  answer: ({ bids }) =>
    bids
      .map(({ auction, bidder, price, dateTime }) => ({ auction, bidder, price, dateTime }))
      .keyBy('auction')
      .running({ retract: true })
      .top(10, bid => bid.price)
      // Bids come in crowds: what changes within two seconds is one change.
      .suppress({ every: '2s' })
      .updates()
      .flatMap(({ value }) => (value?.value ?? []).map((bid, place) => ({ ...bid, rank: place + 1 }))),
})
