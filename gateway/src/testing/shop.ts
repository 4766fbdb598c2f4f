/** A small shop in four subgraphs that exercises every feature of the planner. */
import { ApiError } from '@chat/kit/errors';
import { PushStream } from '../subscriptions/push-stream';

export interface Definition {
  typeDefs: string;
  resolvers: Record<string, Record<string, unknown>>;
}

const LINK = `
extend schema
  @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable", "@external", "@requires",
    "@provides", "@interfaceObject", "@composeDirective", "@inaccessible", "@cost", "@listSize", "@override"])
`;

interface Product {
  id: string;
  name: string;
  price: number;
  weight: number | null;
}

const PRODUCTS: Product[] = ['p1', 'p2', 'p3', 'p4', 'p5'].map((id, index) => ({
  id,
  name: `Product ${id}`,
  price: 10 * (index + 1),
  weight: index === 1 ? null : index + 0.5,
}));

const detailsOf = (product: Product) => ({
  ...product,
  sku: { code: `code-${product.id}`, region: 'EU' },
  dimensions: product.id === 'p5' ? null : { width: product.price, height: 2 },
  status: product.id === 'p2' ? 'SOLD_OUT' : 'ON_SALE',
});

const find = (id: string) => {
  const product = PRODUCTS.find((candidate) => candidate.id === id);
  return product ? detailsOf(product) : null;
};

const MEDIA = [
  { __typename: 'Book', id: 'm1', title: 'A Book', pages: 100, author: { id: 'a1' } },
  { __typename: 'Film', id: 'm2', title: 'A Film', minutes: 90 },
  { __typename: 'Book', id: 'm3', title: 'Another Book', pages: 7, author: { id: 'a2' } },
];

const catalog: Definition = {
  typeDefs: `${LINK}
    type Query {
      products(first: Int = 3): [Product!]! @listSize(slicingArguments: ["first"], requireOneSlicingArgument: false)
      product(id: ID!): Product
      media: [Media!]!
      search(text: String!): [SearchResult]!
      shelves: [[Product!]]!
      echo(input: EchoInput, list: [Int!], when: Status): String
      failing: String
      refused: String
      toString: String
    }
    type Mutation {
      rename(id: ID!, name: String!): Product
      count: Int!
    }
    type Subscription {
      productChanged(id: ID): Product!
    }
    input EchoInput { text: String! = "none", times: Int = 1, weight: Float, nested: EchoInput }
    enum Status { ON_SALE SOLD_OUT SECRET @inaccessible }
    union SearchResult = Product | Book | Author
    interface Media @key(fields: "id") { id: ID! title: String! }
    type Book implements Media @key(fields: "id") { id: ID! title: String! pages: Int author: Author }
    type Film implements Media @key(fields: "id") { id: ID! title: String! minutes: Int }
    type Sku { code: String! region: String! }
    type Dimensions @shareable { width: Int! height: Int! }
    type Product @key(fields: "id") @key(fields: "sku { code region }") {
      id: ID!
      sku: Sku!
      name: String! @cost(weight: 2)
      price: Int
      weight: Float
      dimensions: Dimensions
      status: Status!
      hidden: String @inaccessible
    }
    type Author @key(fields: "id") { id: ID! }
  `,
  resolvers: {
    Query: {
      products: (_: unknown, { first }: { first: number }) => PRODUCTS.slice(0, first).map(detailsOf),
      product: (_: unknown, { id }: { id: string }) => find(id),
      media: () => MEDIA,
      search: () => [{ __typename: 'Product', ...find('p1') }, null, MEDIA[0], { __typename: 'Author', id: 'a1' }],
      shelves: () => [[find('p1'), find('p2')], null, [find('p1')], []],
      echo: (_: unknown, args: unknown) => JSON.stringify(args),
      failing: () => {
        throw new Error('a secret detail');
      },
      refused: () => {
        throw new ApiError('FORBIDDEN', 'Not for you.', { hint: 'ask' });
      },
      toString: () => 'a field of this name',
    },
    Mutation: {
      rename: (_: unknown, { id, name }: { id: string; name: string }) => ({ ...find(id), name }),
      count: () => PRODUCTS.length,
    },
    Subscription: { productChanged: { subscribe: () => new PushStream(() => undefined) } },
    Product: {
      __resolveReference: (reference: { id?: string; sku?: { code: string } }) =>
        find(reference.id ?? reference.sku!.code.slice('code-'.length)),
    },
    Book: { __resolveReference: ({ id }: { id: string }) => MEDIA.find((media) => media.id === id) ?? null },
    Film: { __resolveReference: ({ id }: { id: string }) => MEDIA.find((media) => media.id === id) ?? null },
    Media: {
      __resolveType: ({ id, __typename }: { id: string; __typename?: string }) =>
        __typename ?? MEDIA.find((media) => media.id === id)?.__typename,
      __resolveReference: ({ id }: { id: string }) => MEDIA.find((media) => media.id === id) ?? null,
    },
    Author: { __resolveReference: ({ id }: { id: string }) => ({ id }) },
  },
};

const REVIEWS = Array.from({ length: 8 }, (_, index) => ({
  id: `r${index + 1}`,
  body: index === 3 ? null : `Review ${index + 1}`,
  stars: (index % 5) + 1,
  author: { id: `a${(index % 3) + 1}` },
  product: { id: `p${(index % 5) + 1}` },
}));

const reviews: Definition = {
  typeDefs: `${LINK}
    type Query {
      latestReviews(first: Int = 5): [Review!]!
      bestMedia: Media
    }
    type Mutation { review(productId: ID!, body: String!): Review! }
    type Review @key(fields: "id") { id: ID! body: String stars: Int! author: Author! product: Product }
    type Product @key(fields: "id") { id: ID! reviews(first: Int): [Review!]! rating: Float }
    type Author @key(fields: "id") { id: ID! reviews: [Review!]! }
    type Media @key(fields: "id") @interfaceObject { id: ID! likes: Int! fans: [Author!] }
  `,
  resolvers: {
    Query: {
      latestReviews: (_: unknown, { first }: { first: number }) => REVIEWS.slice(0, first),
      bestMedia: () => ({ id: 'm2' }),
    },
    Mutation: {
      review: (_: unknown, { productId, body }: { productId: string; body: string }) => ({
        ...REVIEWS[0],
        body,
        product: { id: productId },
      }),
    },
    Product: {
      __resolveReference: ({ id }: { id: string }) => ({ id }),
      reviews: ({ id }: { id: string }, { first }: { first?: number }) =>
        REVIEWS.filter((review) => review.product.id === id).slice(0, first),
      rating: ({ id }: { id: string }) => {
        if (id === 'p3') throw new ApiError('NOT_FOUND', 'No rating.');
        return id.length + 0.5;
      },
    },
    Review: { __resolveReference: ({ id }: { id: string }) => REVIEWS.find((review) => review.id === id) ?? null },
    Author: {
      __resolveReference: ({ id }: { id: string }) => ({ id }),
      reviews: ({ id }: { id: string }) => REVIEWS.filter((review) => review.author.id === id),
    },
    Media: {
      __resolveReference: ({ id }: { id: string }) => ({ id }),
      likes: ({ id }: { id: string }) => Number(id.slice(1)) * 10,
      fans: ({ id }: { id: string }) => (id === 'm2' ? null : [{ id: 'a1' }, { id: 'a1' }]),
    },
  },
};

const people: Definition = {
  typeDefs: `${LINK}
    type Query { me: Author  authors: [Author] }
    type Author @key(fields: "id") { id: ID! name: String! email: String friend: Author }
  `,
  resolvers: {
    Query: { me: () => ({ id: 'a1' }), authors: () => [{ id: 'a1' }, null, { id: 'a3' }] },
    Author: {
      // Other subgraphs know a3; this one does not.
      __resolveReference: ({ id }: { id: string }) => (id === 'a3' ? null : { id }),
      name: ({ id }: { id: string }) => (id === 'a3' ? null : `Author ${id}`),
      email: ({ id }: { id: string }) => {
        if (id === 'a2') throw new ApiError('FORBIDDEN', 'Their address is private.');
        return `${id}@example.test`;
      },
      friend: ({ id }: { id: string }) => (id === 'a1' ? { id: 'a2' } : null),
    },
  },
};

const shipping: Definition = {
  typeDefs: `${LINK}
    type Query { warehouses: [Warehouse!]! }
    type Product @key(fields: "id") {
      id: ID!
      price: Int @external
      weight: Float @external
      dimensions: Dimensions @external
      estimate: Int @requires(fields: "price weight")
      volume: Int @requires(fields: "dimensions { width height }")
      warehouse: Warehouse!
    }
    type Dimensions @shareable { width: Int! height: Int! }
    type Warehouse { city: String! products: [Product!]! }
  `,
  resolvers: {
    Query: { warehouses: () => [{ city: 'Ulm', products: [{ id: 'p1' }, { id: 'p4' }] }] },
    Product: {
      __resolveReference: (reference: unknown) => reference,
      estimate: ({ price, weight }: Product) => Math.round(price * (weight ?? 1)),
      volume: ({ dimensions }: { dimensions: { width: number; height: number } | null }) =>
        dimensions && dimensions.width * dimensions.height,
      warehouse: ({ id }: { id: string }) => (id === 'p4' ? null : { city: `City of ${id}`, products: [] }),
    },
  },
};

/** Subgraph name → its schema and resolvers. */
export const SHOP: Readonly<Record<string, Definition>> = { catalog, reviews, people, shipping };
