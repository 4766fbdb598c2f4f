/** Connections to the voice process in the graph. */
import { IsOpaque } from '@chat/kit/graphql/text';
import { Field, ID, InputType, ObjectType } from 'type-graphql';

/** The longest SDP, in characters. */
const MAX_SDP = 65_536;

@ObjectType({ simpleResolvers: true, description: 'The offer of a voice process.' })
export class VoiceOffer {
  @Field(() => ID, { description: 'The connection, for answerVoice.' })
  id!: string;

  @Field({
    description:
      'SDP with all candidates. The media `mic` is for the microphone, and `slot0`, `slot1` … hold one speaker each. The data channel `speakers` sends a JSON array with the account in each slot, or null.',
  })
  sdp!: string;
}

@InputType({ description: 'The answer to the offer of a voice process.' })
export class AnswerVoiceInput {
  @Field(() => ID, { description: 'The room.' })
  roomId!: string;

  @Field(() => ID, { description: 'The connection, from openVoice.' })
  connectionId!: string;

  @IsOpaque({ max: MAX_SDP })
  @Field({ description: `SDP with all candidates: at most ${MAX_SDP} characters.` })
  sdp!: string;
}
