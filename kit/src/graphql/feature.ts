/**
 * Feature manifests: one object per feature names everything that the feature brings to its subgraph.
 * Merges manifests with their types intact. Starts nothing; see feature-subgraph.ts.
 */
import type { AnyEntity, EntityClass } from '@mikro-orm/core';
import type { Viewer } from '../auth/viewer';
import type { EntityManager } from '../database/database';
import type { PoolSource } from '../database/prepared-statement';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AnyStreamKind } from '../events/stream-kind';
import type { JobTask } from '../jobs/jobs';
import type { GaugeDefinition } from '../telemetry/registries';
import type { ReferenceResolver } from './build-schema';
import type { DirectMutation } from './direct-mutation';
import type { Policy } from './policy';

/** Background work of a feature. */
export interface FeatureJobs {
  /** Tasks by name. A job may run twice; tasks must be idempotent. */
  tasks: Record<string, JobTask>;
  /** Crontab lines in UTC, such as `30 3 * * * remove-expired`. */
  cron?: readonly string[];
}

/** Answers a request that is not GraphQL and resolves to true, or to false if the path belongs to another feature. */
export type HttpHandler = (request: IncomingMessage, response: ServerResponse) => Promise<boolean>;

/** Rows that belong to accounts: they are deleted when the account is. */
export interface AccountRows {
  /** Without the PostgreSQL schema. */
  table: string;
  /** The column that holds the account's id. */
  column: string;
}

/** The types that a feature provides, and those that it needs from features above it in the list. All are optional. */
export interface FeatureShape {
  /** Services by name. */
  services?: object;
  /** Loaders by name. */
  loaders?: object;
  /** Services of other features. */
  needs?: object;
  /** Loaders of other features. */
  needsLoaders?: object;
}

type In<Shape extends FeatureShape, Key extends keyof FeatureShape> =
  Shape extends Record<Key, infer Member extends object> ? Member : unknown;

/** Parts together with the services that the feature needs. */
type Needed<Parts, Shape extends FeatureShape> = Parts & { services: In<Shape, 'needs'> };

/** Parts together with the feature's own services as well. */
type Complete<Parts, Shape extends FeatureShape> = Parts & { services: In<Shape, 'needs'> & In<Shape, 'services'> };

/** One request's or event's scope, from which loaders are made. */
export interface RequestScope<Parts, Loaders> {
  viewer: Viewer | null;
  /** The request's unit of work, which begins with the first call. */
  em: () => EntityManager;
  /** The connections to the same server, for statements without a unit of work. */
  pool: PoolSource;
  parts: Parts;
  loaders: Loaders;
}

/** One feature of a subgraph. `Parts` is the subgraph's shared infrastructure. */
export interface Feature<Parts, Shape extends FeatureShape = object> {
  /** Kebab-case, unique in the subgraph. */
  name: string;
  entities?: readonly EntityClass<AnyEntity>[];
  // eslint-disable-next-line @typescript-eslint/no-unsafe-function-type -- type-graphql's own type for resolver classes
  resolvers?: readonly Function[];
  /** GraphQL types that no resolver names, such as implementations of an interface. */
  // eslint-disable-next-line @typescript-eslint/no-unsafe-function-type -- as above
  types?: readonly Function[];
  /** Entities that other subgraphs refer to, by type name. */
  references?: Record<string, ReferenceResolver<never>>;
  policy?: Policy;
  /** Mutations of the feature that run without the layers of GraphQL if their input is plainly right, by name. */
  directMutations?(parts: Complete<Parts, Shape>): Record<string, DirectMutation>;
  /** Query fields that a replica may answer: those that read much and write nothing. See database/replicas.ts. */
  replicaReads?: readonly string[];
  /** Kinds of event streams that the feature owns. */
  streams?: readonly AnyStreamKind[];
  /** Definitions of settings that administrators change at run time, by name. Defaults come from the environment. */
  settings?(config: Parts extends { config: infer Config } ? Config : never): Record<string, object>;
  /** Made once per process. Put anything that must be closed on `parts.disposal`. */
  services?(parts: Needed<Parts, Shape>): In<Shape, 'services'>;
  /** Made once per request. */
  loaders?(request: RequestScope<Complete<Parts, Shape>, In<Shape, 'needsLoaders'>>): In<Shape, 'loaders'>;
  jobs?(parts: Complete<Parts, Shape>): FeatureJobs;
  /** Gauges beyond those that every subgraph has, such as a backlog. */
  gauges?(parts: Complete<Parts, Shape>): readonly GaugeDefinition[];
  /** Runs once PostgreSQL is reachable and migrated. */
  start?(parts: Complete<Parts, Shape>): Promise<void>;
  /** A REST surface, such as an incoming webhook. */
  http?(parts: Complete<Parts, Shape>): HttpHandler;
  /** Deletes rows after their retention period. Runs nightly; may be interrupted and repeated. */
  removeExpired?(parts: Complete<Parts, Shape>): Promise<void>;
  /** Rows that are deleted with an account. */
  accountRows?: readonly AccountRows[];
}

/** Any manifest. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- stands for every instantiation, as variance forbids naming one
export type AnyFeature = Feature<any, any>;

type Intersection<Union> = (Union extends unknown ? (member: Union) => void : never) extends (all: infer All) => void
  ? All
  : never;

type Collected<F, Key extends keyof FeatureShape> =
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- an inferred position
  F extends Feature<any, infer Shape> ? (Shape extends Record<Key, infer Member> ? Member : never) : never;

/** All services that the features of a list make. */
export type ServicesOf<Features extends readonly AnyFeature[]> = Intersection<Collected<Features[number], 'services'>>;

/** All loaders that the features of a list make. */
export type LoadersOf<Features extends readonly AnyFeature[]> = Intersection<Collected<Features[number], 'loaders'>>;

/** Everything that the features of a list need of one another. */
type NeedsOf<Features extends readonly AnyFeature[]> = Intersection<
  Collected<Features[number], 'needs'> | Collected<Features[number], 'needsLoaders'>
>;

/** Checks at compile time that the features make everything they need of one another. Returns the list unchanged. */
export const defineFeatures = <const Features extends readonly AnyFeature[]>(
  ...features: ServicesOf<Features> & LoadersOf<Features> extends NeedsOf<Features> ? Features : never
): Features => features;

/**
 * Makes the services of all features, one feature after the other. Each sees the services of those before it.
 * @throws if two features make the same name, or if a feature reads a service that none before it made.
 */
export function makeServices<Parts extends object>(features: readonly AnyFeature[], parts: Parts): object {
  const services: Record<string, unknown> = {};
  for (const feature of features) {
    const earlier = new Proxy(services, {
      get(target, name: string) {
        if (name in target) return target[name];
        throw new Error(`${feature.name} needs the service ${name}: list the feature that makes it earlier.`);
      },
    });
    for (const [name, service] of Object.entries(feature.services?.({ ...parts, services: earlier }) ?? {})) {
      if (name in services) throw new Error(`${feature.name} makes the service ${name}, which exists already.`);
      services[name] = service;
    }
  }
  return services;
}

type Loaders = Record<string, unknown>;

/** Makes the loaders for a request, those of a feature when one of them is used: most requests need few. */
export function loaderFactory<Made>(
  features: readonly AnyFeature[],
): (request: Omit<RequestScope<unknown, never>, 'loaders'>) => Made {
  const makers = features.flatMap((feature) => (feature.loaders ? [feature.loaders.bind(feature)] : []));
  class RequestLoaders {
    readonly made: (Loaders | undefined)[] = [];
    readonly scope: RequestScope<unknown, RequestLoaders>;

    constructor(request: Omit<RequestScope<unknown, never>, 'loaders'>) {
      this.scope = { ...request, loaders: this };
    }
  }
  let areNamed = false;
  return (request) => {
    const loaders = new RequestLoaders(request);
    if (!areNamed) nameLoaders(loaders);
    areNamed = true;
    return loaders as Made;
  };

  /** The names of a feature's loaders are known only when it has made them. */
  function nameLoaders(loaders: RequestLoaders): void {
    for (const [index, make] of makers.entries()) {
      const made = (loaders.made[index] = make(loaders.scope as never) as Loaders);
      for (const name of Object.keys(made)) {
        const get = function (this: RequestLoaders) {
          return (this.made[index] ??= make(this.scope as never) as Loaders)[name];
        };
        Object.defineProperty(RequestLoaders.prototype, name, { get });
      }
    }
  }
}

/** The stream kinds of all features. @throws if two features define the same kind. */
export function mergeStreams(features: readonly AnyFeature[]): AnyStreamKind[] {
  const names = new Set<string>();
  return features.flatMap(({ name: feature, streams = [] }) => {
    for (const { name } of streams) {
      if (names.has(name)) throw new Error(`${feature} defines the stream ${name}, which exists already.`);
      names.add(name);
    }
    return streams;
  });
}

/** The jobs of all features. @throws if two of them name the same task. */
export function mergeJobs<Parts extends object>(features: readonly AnyFeature[], parts: Parts): Required<FeatureJobs> {
  const merged = { tasks: {} as Record<string, JobTask>, cron: [] as string[] };
  for (const feature of features) {
    const { tasks = {}, cron = [] } = feature.jobs?.(parts) ?? {};
    for (const [task, work] of Object.entries(tasks)) {
      if (task in merged.tasks) throw new Error(`${feature.name} names the task ${task}, which exists already.`);
      merged.tasks[task] = work;
    }
    merged.cron.push(...cron);
  }
  return merged;
}
