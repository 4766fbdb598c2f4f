/** Feature flags, readable by all clients, and settings, for administrators. */
import { textArgument } from '@chat/kit/graphql/text';
import { assumedSize } from '@chat/kit/graphql/list-sizes';
import { GraphQLJSON } from 'graphql-scalars';
import { Arg, Ctx, Directive, Mutation, Query, Resolver } from 'type-graphql';
import type { IdentityContext } from '../context';
import { FeatureFlag, Setting } from './setting.type';

@Resolver()
export class SettingResolver {
  @Directive(assumedSize(20))
  @Query(() => [FeatureFlag], {
    description: 'All feature flags, sorted by key. Open to anonymous requests, so that clients can adapt.',
  })
  featureFlags(@Ctx() { em, services }: IdentityContext): Promise<FeatureFlag[]> {
    return services.settings.featureFlags(em);
  }

  @Mutation(() => FeatureFlag, { description: 'Switches a feature. An unknown key creates a new flag.' })
  setFeatureFlag(
    @Arg('key', () => String, {
      validateFn: textArgument('key', { min: 0, max: 200 }),
      description: 'A letter, then up to 63 letters, digits, dots, _ and -.',
    })
    key: string,
    @Arg('enabled', () => Boolean, { description: 'On or off.' }) enabled: boolean,
    @Ctx() context: IdentityContext,
  ): Promise<FeatureFlag> {
    return context.services.settings.setFeatureFlag(context.em, key, enabled);
  }

  @Directive(assumedSize(50))
  @Query(() => [Setting], { description: 'All settings of all subgraphs, sorted by key.' })
  settings(@Ctx() { em, services }: IdentityContext): Promise<Setting[]> {
    return services.settings.settings(em);
  }

  @Mutation(() => Setting, {
    description: 'Changes a setting. NOT_FOUND for an unknown key. BAD_USER_INPUT names the valid range.',
  })
  updateSetting(
    @Arg('key', () => String, {
      validateFn: textArgument('key', { min: 0, max: 200 }),
      description: 'From `settings`.',
    })
    key: string,
    @Arg('value', () => GraphQLJSON, { description: "A value of the setting's type." }) value: unknown,
    @Ctx() context: IdentityContext,
  ): Promise<Setting> {
    return context.services.settings.updateSetting(context.em, key, value);
  }
}
