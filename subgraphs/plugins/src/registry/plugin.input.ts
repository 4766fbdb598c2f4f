/** Inputs of the registry. */
import { IsUUID } from 'class-validator';
import { Field, ID, InputType } from 'type-graphql';

@InputType({ description: 'A plugin to install.' })
export class InstallPluginInput {
  @IsUUID()
  @Field(() => ID, { description: 'An uploaded bundle that is READY.' })
  fileId!: string;
}

@InputType({ description: 'Another version of a plugin.' })
export class UpgradePluginInput {
  @Field(() => ID, { description: 'The plugin.' })
  id!: string;

  @IsUUID()
  @Field(() => ID, { description: 'An uploaded bundle of the same plugin that is READY.' })
  fileId!: string;
}
