/** One version of the supergraph, immutable: its schemas, its planner, and what its directives say about fields. */
import { createHash } from 'node:crypto';
import { ROUTER_SUPPORTED_SUPERGRAPH_FEATURES, Supergraph as FederationSupergraph } from '@apollo/federation-internals';
import { QueryPlanner } from '@apollo/query-planner';
import { parse, type GraphQLSchema } from 'graphql';
import { directiveCoordinates, type DirectiveCoordinates } from './directives';
import { readLiteralsExactly } from './exact-literals';
import { refuseOverrideLabels } from './override-labels';
import { plannedNames } from './planned-names';
import { requiringFields } from './requiring-fields';
import { plannedSupergraph, type RequiredFields } from './required-fields';

/** Where the directives that mark live fields are defined. */
export const LIVE_FEATURE_URL = 'https://chat-system.dev/live/';

/** How a Subscription field resumes: the argument that takes a cursor, and the event's field that is one. */
export interface Resumable {
  argument: string;
  cursor: string;
}

/** How long a field's value may be kept, in seconds, and for whom. */
export interface CacheHint {
  maxAge?: number;
  scope?: 'PUBLIC' | 'PRIVATE';
  inheritMaxAge?: boolean;
}

/** What a field's `@cost` and `@listSize` say. */
export interface CostHint {
  weight?: number;
  assumedSize?: number;
  slicingArguments?: readonly string[];
  sizedFields?: readonly string[];
  /** Absent for true. */
  requireOneSlicingArgument?: boolean;
}

/**
 * Features that restrict who may read a field and whose checks happen in the router. This gateway leaves that to the
 * subgraphs, so it refuses a supergraph that counts on it.
 */
const REFUSED_FEATURES = /\/(authenticated|requiresScopes|policy|connect)\/v/;

/** How many plans the planner compares for one operation. Its own limit (10,000) lets a short query occupy it for minutes. */
const MAX_PLANS = 100;

export class Supergraph {
  /** The digest of the text: two versions with the same id are the same. */
  readonly id: string;
  /** What clients see: without `_entities`, `_service` and everything inaccessible. */
  readonly apiSchema: GraphQLSchema;
  /** What subgraphs have, inaccessible types included. */
  readonly fullSchema: GraphQLSchema;
  readonly planner: QueryPlanner;
  /** What plans are made from: the supergraph in the planner's terms. */
  readonly planned: RequiredFields;
  /** The planner's own form of {@link apiSchema}. */
  readonly plannerSchema: ReturnType<FederationSupergraph['apiSchema']>;
  /** The names of fields that plans may ask for by themselves; such as keys. */
  readonly plannedNames: ReadonlySet<string>;
  /** The names of fields that take a chain of fetches; operations that select one may take long to plan. */
  readonly requiringFields: ReadonlySet<string>;
  /** Subgraph name → its URL as composed; empty where the composition named none. */
  readonly subgraphs: ReadonlyMap<string, string>;
  private readonly viewerDependent: DirectiveCoordinates;
  private readonly resumables: DirectiveCoordinates;
  private readonly cacheControl: DirectiveCoordinates;
  private readonly costs: DirectiveCoordinates;
  private readonly listSizes: DirectiveCoordinates;

  /** @throws where `sdl` is not a Federation 2 supergraph, or uses a feature that this gateway does not have. */
  constructor(readonly sdl: string) {
    this.id = createHash('sha256').update(sdl).digest('hex');
    const document = parse(sdl, { noLocation: true });
    refuseOverrideLabels(document);
    const supportedFeatures = new Set(
      [...ROUTER_SUPPORTED_SUPERGRAPH_FEATURES].filter((url) => !REFUSED_FEATURES.test(url)),
    );
    const supergraph = FederationSupergraph.build(sdl, { supportedFeatures, validateSupergraph: true });
    this.apiSchema = supergraph.apiSchema().toGraphQLJSSchema();
    readLiteralsExactly(this.apiSchema);
    this.fullSchema = supergraph.schema.toGraphQLJSSchema();
    this.planned = plannedSupergraph(document, this.fullSchema);
    const { document: plannedDocument } = this.planned;
    // What was external may be so needlessly by now, which validation would refuse.
    const planned = plannedDocument
      ? FederationSupergraph.build(plannedDocument, { supportedFeatures, validateSupergraph: false })
      : supergraph;
    this.plannerSchema = planned.apiSchema();
    this.planner = new QueryPlanner(planned, { reuseQueryFragments: false, debug: { maxEvaluatedPlans: MAX_PLANS } });
    this.subgraphs = new Map(supergraph.subgraphsMetadata().map(({ name, url }) => [name, url]));
    this.plannedNames = plannedNames(plannedDocument ?? document);
    this.requiringFields = requiringFields(document);
    this.viewerDependent = directiveCoordinates(document, LIVE_FEATURE_URL, 'viewerDependent');
    this.resumables = directiveCoordinates(document, LIVE_FEATURE_URL, 'resumable');
    this.cacheControl = directiveCoordinates(document, 'https://specs.apollo.dev/cacheControl/', 'cacheControl', true);
    this.costs = directiveCoordinates(document, 'https://specs.apollo.dev/cost/', 'cost');
    this.listSizes = directiveCoordinates(document, 'https://specs.apollo.dev/cost/', 'listSize');
  }

  /** Whether the field's value differs between viewers, so that a selection with it is not shared. */
  isViewerDependent(typeName: string, fieldName: string): boolean {
    return this.viewerDependent.has(`${typeName}.${fieldName}`);
  }

  /** How a field of Subscription resumes; undefined where it cannot. */
  resumable(fieldName: string): Resumable | undefined {
    const root = this.apiSchema.getSubscriptionType()?.name;
    return this.resumables.get(`${root}.${fieldName}`) as Resumable | undefined;
  }

  /** What `@cacheControl` says about a field, or about a type where `fieldName` is not given. */
  cacheHint(typeName: string, fieldName?: string): CacheHint | undefined {
    return this.cacheControl.get(fieldName ? `${typeName}.${fieldName}` : typeName);
  }

  /** What `@cost` and `@listSize` say about a field, or about a type where `fieldName` is not given. */
  costHint(typeName: string, fieldName?: string): CostHint {
    const coordinate = fieldName ? `${typeName}.${fieldName}` : typeName;
    return { ...this.costs.get(coordinate), ...this.listSizes.get(coordinate) };
  }

  get interfaceObjects(): ReadonlySet<string> {
    return this.planned.interfaceObjects;
  }

  /** Whether any field says how long it may be kept. */
  get hasCacheHints(): boolean {
    return this.cacheControl.size > 0;
  }
}
