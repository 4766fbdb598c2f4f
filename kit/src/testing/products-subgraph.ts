/**
 * The subgraph "products" of Apollo's subgraph compatibility suite, built from classes with the kit. Holds neither the suite
 * nor its other subgraphs.
 */
import { textArgument } from '../graphql/text';
import 'reflect-metadata';
import { Arg, Directive, Field, FieldResolver, Float, ID, Int, ObjectType, Query, Resolver, Root } from 'type-graphql';
import type { SubgraphDefinition } from '../graphql/build-schema';
import type { SubgraphContext } from '../graphql/context';
import { allow, withParent } from '../graphql/policy';

@ObjectType({ description: 'A variation of a product.' })
class ProductVariation {
  @Field(() => ID, { description: 'Opaque.' })
  id!: string;
}

@Directive('@shareable')
@ObjectType({ description: 'How large and heavy a product is.' })
class ProductDimension {
  @Field(() => String, { nullable: true, description: 'In words.' })
  size?: string;

  @Field(() => Float, { nullable: true, description: 'In `unit`.' })
  weight?: number;

  @Directive('@inaccessible')
  @Field(() => String, { nullable: true, description: 'Of the weight.' })
  unit?: string;
}

@ObjectType({ description: 'A study.' })
class CaseStudy {
  @Field(() => ID, { description: 'Opaque.' })
  caseNumber!: string;

  @Field(() => String, { nullable: true, description: 'A title.' })
  description?: string;
}

@Directive('@key(fields: "study { caseNumber }")')
@ObjectType({ description: 'Research about a product.' })
class ProductResearch {
  @Field(() => CaseStudy, { description: 'The study.' })
  study!: CaseStudy;

  @Field(() => String, { nullable: true, description: 'The result.' })
  outcome?: string | null;
}

@Directive('@extends')
@Directive('@key(fields: "email")')
@ObjectType({ description: 'An account, which the subgraph "users" owns.' })
class User {
  @Directive('@requires(fields: "totalProductsCreated yearsOfEmployment")')
  @Field(() => Int, { nullable: true, description: 'Rounded.' })
  averageProductsCreatedPerYear?: number;

  @Directive('@external')
  @Field(() => ID, { description: 'The key.' })
  email!: string;

  @Directive('@override(from: "users")')
  @Field(() => String, { nullable: true, description: 'The full name.' })
  name?: string;

  @Directive('@external')
  @Field(() => Int, { nullable: true, description: 'In total.' })
  totalProductsCreated?: number;

  @Directive('@external')
  @Field(() => Int, { description: 'In full years.' })
  yearsOfEmployment!: number;
}

@Directive('@key(fields: "sku package")')
@ObjectType({ description: 'A product that is no longer sold.' })
class DeprecatedProduct {
  @Field({ description: 'Stock keeping unit.' })
  sku!: string;

  @Field({ description: 'Name of the package.' })
  package!: string;

  @Field(() => String, { nullable: true, description: 'Why it is deprecated.' })
  reason?: string;

  @Field(() => User, { nullable: true, description: 'Its author.' })
  createdBy?: User;
}

@Directive('@custom')
@Directive('@key(fields: "id")')
@Directive('@key(fields: "sku package")')
@Directive('@key(fields: "sku variation { id }")')
@ObjectType({ description: 'A product.' })
class Product {
  @Field(() => ID, { description: 'Opaque.' })
  id!: string;

  @Field(() => String, { nullable: true, description: 'Stock keeping unit.' })
  sku?: string;

  @Field(() => String, { nullable: true, description: 'Name of the package.' })
  package?: string;

  @Field(() => ProductVariation, { nullable: true, description: 'Its variation.' })
  variation?: ProductVariation;

  @Field(() => ProductDimension, { nullable: true, description: 'Its dimensions.' })
  dimensions?: ProductDimension;

  @Directive('@provides(fields: "totalProductsCreated")')
  @Field(() => User, { nullable: true, description: 'Its author.' })
  createdBy?: User;

  @Directive('@tag(name: "internal")')
  @Field(() => String, { nullable: true, description: 'For the staff.' })
  notes?: string | null;

  @Field(() => [ProductResearch], { description: 'Research about it.' })
  research!: ProductResearch[];
}

@Directive('@interfaceObject')
@Directive('@key(fields: "id")')
@ObjectType({ description: 'A stock, which is an interface in the subgraph "inventory".' })
class Inventory {
  @Field(() => ID, { description: 'Opaque.' })
  id!: string;

  @Field(() => [DeprecatedProduct], { description: 'Products that it still has.' })
  deprecatedProducts!: DeprecatedProduct[];
}

const USER: User = {
  email: 'support@apollographql.com',
  name: 'Jane Smith',
  totalProductsCreated: 1337,
  yearsOfEmployment: 10,
};
const DEPRECATED: DeprecatedProduct = {
  sku: 'apollo-federation-v1',
  package: '@apollo/federation-v1',
  reason: 'Migrate to Federation V2',
  createdBy: USER,
};
const RESEARCH: ProductResearch[] = [
  { study: { caseNumber: '1234', description: 'Federation Study' }, outcome: null },
  { study: { caseNumber: '1235', description: 'Studio Study' }, outcome: null },
];
const DIMENSIONS: ProductDimension = { size: 'small', weight: 1, unit: 'kg' };
const PRODUCTS: Product[] = [
  {
    id: 'apollo-federation',
    sku: 'federation',
    package: '@apollo/federation',
    variation: { id: 'OSS' },
    dimensions: DIMENSIONS,
    research: [RESEARCH[0]!],
    createdBy: USER,
    notes: null,
  },
  {
    id: 'apollo-studio',
    sku: 'studio',
    package: '',
    variation: { id: 'platform' },
    dimensions: DIMENSIONS,
    research: [RESEARCH[1]!],
    createdBy: USER,
    notes: null,
  },
];

@Resolver(() => Product)
class ProductResolver {
  @Query(() => Product, { nullable: true, description: 'One product.' })
  product(@Arg('id', () => ID, { description: 'Of the product.' }) id: string): Product | undefined {
    return PRODUCTS.find((product) => product.id === id);
  }

  @Query(() => DeprecatedProduct, {
    nullable: true,
    description: 'One product that is no longer sold.',
    deprecationReason: 'Use product query instead',
  })
  deprecatedProduct(
    @Arg('sku', () => String, { validateFn: textArgument('sku', { max: 100 }), description: 'Stock keeping unit.' })
    sku: string,
    @Arg('package', () => String, {
      validateFn: textArgument('package', { max: 100 }),
      description: 'Name of the package.',
    })
    name: string,
  ): DeprecatedProduct | null {
    return sku === DEPRECATED.sku && name === DEPRECATED.package ? DEPRECATED : null;
  }
}

@Resolver(() => User)
class UserResolver {
  @FieldResolver()
  averageProductsCreatedPerYear(@Root() { totalProductsCreated, yearsOfEmployment }: User): number | null {
    return totalProductsCreated == null ? null : Math.round(totalProductsCreated / yearsOfEmployment);
  }
}

@Resolver(() => Inventory)
class InventoryResolver {
  @FieldResolver()
  deprecatedProducts(): DeprecatedProduct[] {
    return [DEPRECATED];
  }
}

type Reference<Entity> = Partial<Entity>;

function referencedProduct({ id, sku, package: name, variation }: Reference<Product>): Product | undefined {
  return PRODUCTS.find((product) =>
    id === undefined
      ? product.sku === sku && (variation ? product.variation?.id === variation.id : product.package === name)
      : product.id === id,
  );
}

export const products: SubgraphDefinition<SubgraphContext> = {
  name: 'products',
  resolvers: [ProductResolver, UserResolver, InventoryResolver],
  orphanedTypes: [Inventory],
  composedDirectives: [
    { url: 'https://myspecs.dev/myCustomDirective/v1.0', definitions: 'directive @custom on OBJECT' },
  ],
  references: {
    Product: referencedProduct,
    DeprecatedProduct: ({ sku }: Reference<DeprecatedProduct>) => (sku === DEPRECATED.sku ? { ...DEPRECATED } : null),
    ProductResearch: ({ study }: Reference<ProductResearch>) =>
      RESEARCH.find((research) => research.study.caseNumber === study?.caseNumber),
    // The reference carries the fields that `@requires` names.
    User: (reference: Reference<User>) => ({ ...USER, ...reference }),
    Inventory: ({ id }: Reference<Inventory>) => ({ id }),
  },
  policy: {
    fields: {
      Query: withParent('product', 'deprecatedProduct'),
      Product: withParent('id', 'sku', 'package', 'variation', 'dimensions', 'createdBy', 'notes', 'research'),
      DeprecatedProduct: withParent('sku', 'package', 'reason', 'createdBy'),
      ProductVariation: withParent('id'),
      ProductDimension: withParent('size', 'weight', 'unit'),
      ProductResearch: withParent('study', 'outcome'),
      CaseStudy: withParent('caseNumber', 'description'),
      User: withParent('averageProductsCreatedPerYear', 'email', 'name', 'totalProductsCreated', 'yearsOfEmployment'),
      Inventory: withParent('id', 'deprecatedProducts'),
    },
    references: {
      Product: allow,
      DeprecatedProduct: allow,
      ProductResearch: allow,
      User: allow,
      Inventory: allow,
    },
  },
};
