/** Signals of WebRTC between occupants, and their input. The payload is opaque to the server. */
import { GraphQLJSON } from 'graphql-scalars';
import { registerDecorator } from 'class-validator';
import { Field, ID, InputType, ObjectType, registerEnumType } from 'type-graphql';

export enum SignalKind {
  OFFER = 'OFFER',
  ANSWER = 'ANSWER',
  ICE_CANDIDATE = 'ICE_CANDIDATE',
  BYE = 'BYE',
}

registerEnumType(SignalKind, {
  name: 'SignalKind',
  description: 'The kind of a signal.',
  valuesConfig: {
    OFFER: { description: 'An offer: SDP.' },
    ANSWER: { description: 'An answer: SDP.' },
    ICE_CANDIDATE: { description: 'A candidate of ICE.' },
    BYE: { description: 'The end of the connection.' },
  },
});

/** The longest payload as JSON, in characters. */
const MAX_PAYLOAD = 65_536;

const IsPayload = (): PropertyDecorator => (target, property) =>
  registerDecorator({
    name: 'isPayload',
    target: target.constructor,
    propertyName: property as string,
    validator: {
      validate: (value: unknown) => (JSON.stringify(value) ?? '').length <= MAX_PAYLOAD,
      defaultMessage: () => `payload must have at most ${MAX_PAYLOAD} characters of JSON`,
    },
  });

@InputType({ description: 'A signal to another occupant.' })
export class SendSignalInput {
  @Field(() => ID, { description: 'The room, in which both accounts must have a seat.' })
  roomId!: string;

  @Field(() => ID, { description: 'The receiver.' })
  toUserId!: string;

  @Field(() => SignalKind, { description: 'The kind.' })
  kind!: SignalKind;

  @IsPayload()
  @Field(() => GraphQLJSON, { description: `The content: at most ${MAX_PAYLOAD} characters of JSON.` })
  payload!: unknown;
}

@ObjectType({ simpleResolvers: true, description: 'A signal from another occupant.' })
export class Signal {
  @Field(() => SignalKind, { description: 'The kind.' })
  kind!: SignalKind;

  @Field(() => GraphQLJSON, { description: 'The content, as it was sent.' })
  payload!: unknown;
}
