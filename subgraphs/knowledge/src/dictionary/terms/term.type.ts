/** Terms as clients see them. Each logged-in account reads all terms. */
import { assumedSize } from '@chat/kit/graphql/list-sizes';
import { Directive, Field, ID, ObjectType, registerEnumType } from 'type-graphql';
import { User } from '../../users/user.type';

export enum TermStatus {
  PROPOSED = 'PROPOSED',
  APPROVED = 'APPROVED',
  DEPRECATED = 'DEPRECATED',
}

registerEnumType(TermStatus, {
  name: 'TermStatus',
  description: 'The state of a term.',
  valuesConfig: {
    PROPOSED: { description: 'The term waits for approval.' },
    APPROVED: { description: 'The term should be used.' },
    DEPRECATED: { description: 'The term should not be used; `replacement` is the one to use instead.' },
  },
});

@Directive('@key(fields: "id")')
@ObjectType({ simpleResolvers: true, description: 'A term of the dictionary in one locale.' })
export class Term {
  @Field(() => ID, { description: 'Opaque and permanent (UUIDv7).' })
  id!: string;

  @Field({ description: 'The term in its basic form.' })
  term!: string;

  @Field({ description: 'The language tag (BCP 47).' })
  locale!: string;

  @Field({ description: 'The definition.' })
  definition!: string;

  @Directive(assumedSize(5))
  @Field(() => [String], { description: 'Other words of the same meaning and locale. A lookup of one finds the term.' })
  synonyms!: string[];

  @Directive(assumedSize(5))
  @Field(() => [String], { description: 'Short forms. A lookup of one finds the term.' })
  abbreviations!: string[];

  @Field(() => String, { nullable: true, description: 'Advice on usage; null if there is none.' })
  usageNote!: string | null;

  @Field(() => TermStatus, { description: 'The state of the term.' })
  status!: TermStatus;

  @Field(() => Term, { nullable: true, description: 'The term to use instead of a deprecated one.' })
  replacement?: Term | null;

  @Directive(assumedSize(5))
  @Field(() => [Term], { description: 'The terms for the same concept in other locales.' })
  translations?: Term[];

  @Directive(assumedSize(5))
  @Field(() => [Term], { description: 'Related terms. The relation has no direction.' })
  related?: Term[];

  @Field(() => User, { nullable: true, description: 'The creator; null if the account no longer exists.' })
  createdBy!: User | null;

  @Field(() => Date, { description: 'The time of creation.' })
  createdAt!: Date;

  @Field(() => Date, { description: 'The time of the last change.' })
  updatedAt!: Date;
}
