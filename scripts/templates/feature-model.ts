/** Templates of a feature's data: row, migration, GraphQL type and input. */
import { capitalized, type FeatureNames } from './feature-names';

export const entity = ({
  type,
  table,
  plural,
}: FeatureNames) => `/** Rows of ${plural}. Clients never see them as they are. */
import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';

@Entity({ tableName: '${table}' })
export class ${type}Entity {
  @PrimaryKey({ type: 'uuid' })
  id!: string;

  @Property({ type: 'text' })
  name!: string;

  /** The account that owns it. */
  @Property({ type: 'uuid' })
  createdBy!: string;

  @Property({ type: 'timestamptz' })
  createdAt!: Date;
}
`;

export const migration = ({ subgraph, types, table, plural }: FeatureNames) => `/** The table of ${plural}. */
import { Migration } from '@mikro-orm/migrations';

export class ${types} extends Migration {
  override up(): void {
    this.addSql(\`create table ${subgraph}.${table} (
      id uuid primary key,
      name text not null,
      created_by uuid not null,
      created_at timestamptz not null
    )\`);
    this.addSql('create index ${table}_of_account on ${subgraph}.${table} (created_by, id)');
  }
}
`;

export const type = ({
  type,
  file,
  words,
  plural,
}: FeatureNames) => `/** ${capitalized(plural)} as clients see them. Access to each field is in ${file}.policy.ts. */
import { connectionType } from '@chat/kit/graphql/connection';
import { Directive, Field, ID, ObjectType } from 'type-graphql';

@Directive('@key(fields: "id")')
@ObjectType({ simpleResolvers: true, description: 'One ${words}. Visible to its creator and to administrators.' })
export class ${type} {
  @Field(() => ID, { description: 'Opaque and permanent (UUIDv7).' })
  id!: string;

  @Field({ description: 'The display name, in one line.' })
  name!: string;

  @Field(() => Date, { description: 'The time of creation.' })
  createdAt!: Date;
}

@ObjectType({ description: '${capitalized(plural)}, newest first.' })
export class ${type}Connection extends connectionType('${type}', () => ${type}) {}

@ObjectType({ simpleResolvers: true, description: 'A change of one ${words}.' })
export class ${type}Change {
  @Field({ description: 'Cursor of this change, for \`after\` of the subscription.' })
  cursor!: string;

  @Field(() => ${type}, { description: 'The ${words} as it is when the change is delivered.' })
  ${fieldOf(type)}!: ${type};
}
`;

const fieldOf = (type: string) => type.charAt(0).toLowerCase() + type.slice(1);

export const input = ({
  type,
  words,
  plural,
}: FeatureNames) => `/** Inputs of the mutations of ${plural}. Every text has a rule: the subgraph does not build without one. */
import { IsText } from '@chat/kit/graphql/text';
import { Field, ID, InputType } from 'type-graphql';

const NAME = { max: 100 };

@InputType({ description: 'A new ${words}.' })
export class Create${type}Input {
  @IsText(NAME)
  @Field({ description: \`The display name, in one line: 1 to \${NAME.max} characters.\` })
  name!: string;
}

@InputType({ description: 'Changes of one ${words}.' })
export class Update${type}Input {
  @Field(() => ID, { description: 'The ${words} to change.' })
  id!: string;

  @IsText(NAME)
  @Field({ description: \`The new display name, in one line: 1 to \${NAME.max} characters.\` })
  name!: string;
}
`;
