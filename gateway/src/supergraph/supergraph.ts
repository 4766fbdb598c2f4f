/** One immutable version of the supergraph: its schemas, its planner, and the arguments of its directives. */
import { createHash } from 'node:crypto';
import { ROUTER_SUPPORTED_SUPERGRAPH_FEATURES, Supergraph as FederationSupergraph } from '@apollo/federation-internals';
import { QueryPlanner } from '@apollo/query-planner';
import { parse, type GraphQLSchema } from 'graphql';
import { directiveCoordinates, type DirectiveCoordinates } from './directives';
import { readLiteralsExactly } from './exact-literals';
import { ExternalFields } from './external-fields';
import { refuseOverrideLabels } from './override-labels';
import { plannedNames } from './planned-names';
import { requiringFields } from './requiring-fields';
import { plannedSupergraph, type RequiredFields } from './required-fields';

/** URL of the feature that defines the directives of live fields. */
const LIVE_FEATURE_URL = 'https://chat-system.dev/live/';

/** URL of the feature that defines the directives of access. */
const ACCESS_FEATURE_URL = 'https://chat-system.dev/access/';

/** How a Subscription field resumes: its argument that takes a cursor, and the field of its events that holds one. */
export interface Resumable {
  argument: string;
  cursor: string;
}

/** How long a field's value may be cached, in seconds, and whether it is cached per viewer. */
export interface CacheHint {
  maxAge?: number;
  scope?: 'PUBLIC' | 'PRIVATE';
  inheritMaxAge?: boolean;
}

/** The arguments of a field's `@cost` and `@listSize`. */
export interface CostHint {
  weight?: number;
  assumedSize?: number;
  slicingArguments?: readonly string[];
  sizedFields?: readonly string[];
  /** Defaults to true. */
  requireOneSlicingArgument?: boolean;
}

/**
 * Features that restrict access to fields and rely on checks in the router. In this system subgraphs check access, so a
 * supergraph that uses one of these features is refused.
 */
const REFUSED_FEATURES = /\/(authenticated|requiresScopes|policy|connect)\/v/;

/** Plans that the planner compares for one operation at most. With its default of 10,000 a short query can take minutes. */
const MAX_PLANS = 100;

export class Supergraph {
  /** Digest of the SDL. Equal ids mean equal versions. */
  readonly id: string;
  /** The schema for clients, without `_entities`, `_service` and inaccessible elements. */
  readonly apiSchema: GraphQLSchema;
  /** The schema of all subgraphs, including inaccessible elements. */
  readonly fullSchema: GraphQLSchema;
  readonly planner: QueryPlanner;
  /** The supergraph in the form that is planned, with stand-ins for required fields that have arguments. */
  readonly planned: RequiredFields;
  readonly externalFields: ExternalFields;
  /** {@link apiSchema} in the planner's format. */
  readonly plannerSchema: ReturnType<FederationSupergraph['apiSchema']>;
  /** Names of the fields, such as keys, that plans may add to an operation. */
  readonly plannedNames: ReadonlySet<string>;
  /** The names of fields that take a chain of fetches; operations that select one may take long to plan. */
  readonly requiringFields: ReadonlySet<string>;
  /** Subgraph name → its URL from composition; an empty string if composition had none. */
  readonly subgraphs: ReadonlyMap<string, string>;
  private readonly viewerDependent: DirectiveCoordinates;
  private readonly needless: DirectiveCoordinates;
  private readonly resumables: DirectiveCoordinates;
  private readonly housekeeping: DirectiveCoordinates;
  private readonly paces: DirectiveCoordinates;
  private readonly cacheControl: DirectiveCoordinates;
  private readonly costs: DirectiveCoordinates;
  private readonly listSizes: DirectiveCoordinates;

  /** @throws if `sdl` is not a Federation 2 supergraph or uses an unsupported feature */
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
    this.externalFields = new ExternalFields(document);
    const { document: plannedDocument } = this.planned;
    // Stand-ins can make `@external` redundant, which validation would refuse.
    const planned = plannedDocument
      ? FederationSupergraph.build(plannedDocument, { supportedFeatures, validateSupergraph: false })
      : supergraph;
    this.plannerSchema = planned.apiSchema();
    this.planner = new QueryPlanner(planned, { reuseQueryFragments: false, debug: { maxEvaluatedPlans: MAX_PLANS } });
    this.subgraphs = new Map(supergraph.subgraphsMetadata().map(({ name, url }) => [name, url]));
    this.plannedNames = plannedNames(plannedDocument ?? document);
    this.requiringFields = requiringFields(document);
    this.viewerDependent = directiveCoordinates(document, LIVE_FEATURE_URL, 'viewerDependent');
    this.needless = directiveCoordinates(document, ACCESS_FEATURE_URL, 'needsNoViewer');
    this.resumables = directiveCoordinates(document, LIVE_FEATURE_URL, 'resumable');
    this.housekeeping = directiveCoordinates(document, LIVE_FEATURE_URL, 'housekeeping');
    this.paces = directiveCoordinates(document, LIVE_FEATURE_URL, 'paced');
    this.cacheControl = directiveCoordinates(document, 'https://specs.apollo.dev/cacheControl/', 'cacheControl', true);
    this.costs = directiveCoordinates(document, 'https://specs.apollo.dev/cost/', 'cost');
    this.listSizes = directiveCoordinates(document, 'https://specs.apollo.dev/cost/', 'listSize');
  }

  /** Whether the field's value depends on the viewer. Viewers do not share a selection that contains such a field. */
  isViewerDependent(typeName: string, fieldName: string): boolean {
    return this.viewerDependent.has(`${typeName}.${fieldName}`);
  }

  /** Whether a root field is for clients without a valid token, so that an invalid one does not matter. */
  needsNoViewer(typeName: string, fieldName: string): boolean {
    return this.needless.has(`${typeName}.${fieldName}`);
  }

  /** Whether a root field keeps a client's live state up to date, so that it counts against the budget for housekeeping. */
  isHousekeeping(typeName: string, fieldName: string): boolean {
    return this.housekeeping.has(`${typeName}.${fieldName}`);
  }

  /** The calls per second of a paced root field; undefined for other fields. */
  paceOf(typeName: string, fieldName: string): number | undefined {
    return this.paces.get(`${typeName}.${fieldName}`)?.['perSecond'] as number | undefined;
  }

  /** How a field of Subscription resumes; undefined if it cannot. */
  resumable(fieldName: string): Resumable | undefined {
    const root = this.apiSchema.getSubscriptionType()?.name;
    return this.resumables.get(`${root}.${fieldName}`) as Resumable | undefined;
  }

  /** `@cacheControl` of a field, or of the type if `fieldName` is absent. */
  cacheHint(typeName: string, fieldName?: string): CacheHint | undefined {
    return this.cacheControl.get(fieldName ? `${typeName}.${fieldName}` : typeName);
  }

  /** `@cost` and `@listSize` of a field, or of the type if `fieldName` is absent. */
  costHint(typeName: string, fieldName?: string): CostHint {
    const coordinate = fieldName ? `${typeName}.${fieldName}` : typeName;
    return { ...this.costs.get(coordinate), ...this.listSizes.get(coordinate) };
  }

  get interfaceObjects(): ReadonlySet<string> {
    return this.planned.interfaceObjects;
  }

  /** Whether any field or type has a cache hint. */
  get hasCacheHints(): boolean {
    return this.cacheControl.size > 0;
  }
}
