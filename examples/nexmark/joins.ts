/** The queries that bring persons, auctions and bids together: q3, q8, q20, q23. Whoever comes first waits. */
import { json, tumbling } from 'sluice'
import { type Query, query } from './query.ts'

/** Partners may come at any time, so all are kept. */
const WHENEVER = { unbounded: true } as const

export const q3: Query = query({
  asks: 'Auctions of category 10 with their sellers, where those live in Oregon, Idaho or California.',
  row: json({ name: 'string', city: 'string', state: 'string', id: 'integer' }),
  answer: ({ auctions, persons }) =>
    auctions
      .filter(auction => auction.category === 10)
      .map(({ id, seller }) => ({ id, seller }))
      .keyBy('seller')
      .join(
        persons
          .filter(({ state }) => state === 'OR' || state === 'ID' || state === 'CA')
          .map(({ id, name, city, state }) => ({ id, name, city, state }))
          .keyBy('id'),
        WHENEVER,
      )
      .map(({ left: { id }, right: seller }) => ({ ...seller, id })),
})

const WINDOW_MS = 10_000

export const q8: Query = query({
  asks: 'In windows of 10 s: persons who registered and opened an auction in the same window.',
  row: json({ id: 'integer', name: 'string', windowStart: 'integer' }),
  answer: ({ persons, auctions }) =>
    persons
      .map(({ id, name, dateTime }) => ({ id, name, dateTime }))
      .keyBy('id')
      .join(auctions.map(({ seller }) => ({ seller })).keyBy('seller'), {
        window: tumbling(WINDOW_MS),
        how: 'semi',
      })
      .map(({ id, name, dateTime }) => ({ id, name, windowStart: dateTime - (dateTime % WINDOW_MS) })),
})

export const q20: Query = query({
  asks: 'Bids with their auction, where that is of category 10.',
  row: json({
    auction: 'integer',
    bidder: 'integer',
    price: 'integer',
    bidTime: 'integer',
    itemName: 'string',
    seller: 'integer',
    opened: 'integer',
    expires: 'integer',
  }),
  answer: ({ bids, auctions }) =>
    bids
      .map(({ auction, bidder, price, dateTime }) => ({ auction, bidder, price, bidTime: dateTime }))
      .keyBy('auction')
      .join(
        auctions
          .filter(auction => auction.category === 10)
          .map(({ id, itemName, seller, dateTime, expires }) => ({
            id,
            itemName,
            seller,
            opened: dateTime,
            expires,
          }))
          .keyBy('id'),
        WHENEVER,
      )
      .map(({ left, right }) => ({ ...left, ...right })),
})

export const q23: Query = query({
  asks: 'Every bid with the person who made it and with every auction that this person sells.',
  row: json({
    bidAuction: 'integer',
    bidder: 'integer',
    price: 'integer',
    bidTime: 'integer',
    name: 'string',
    ownAuction: 'integer',
  }),
  answer: ({ persons, auctions, bids }) =>
    persons
      .map(({ id, name }) => ({ id, name }))
      .keyBy('id')
      // The small sides first: then each bid is kept once, and no pair of it.
      .join(auctions.map(({ id, seller }) => ({ id, seller })).keyBy('seller'), WHENEVER)
      .map(({ left, right }) => ({ name: left.name, ownAuction: right.id }))
      .join(
        bids
          .map(({ auction, bidder, price, dateTime }) => ({ auction, bidder, price, dateTime }))
          .keyBy('bidder'),
        WHENEVER,
      )
      .map(({ left, right: bid }) => ({
        ...left,
        bidAuction: bid.auction,
        bidder: bid.bidder,
        price: bid.price,
        bidTime: bid.dateTime,
      })),
})
