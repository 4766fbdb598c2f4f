/** Values in payloads as they really come: numbers in place of text, and lists with members that are not what the others are. */
import { z } from 'zod';

/** Empty unless it is text or something that is written the same way everywhere. */
export const text = z.union([z.string(), z.number().transform(String), z.boolean().transform(String)]).catch('');

/** 0 unless it is a number. */
export const number = z.coerce.number().catch(0);

/** The members that are as `member` says; the others are left out. Empty unless it is a list. */
export const listOf = <Member extends z.ZodType>(member: Member) =>
  z
    .array(z.unknown())
    .catch([])
    .transform((items): z.output<Member>[] =>
      items.flatMap((item) => {
        const read = member.safeParse(item);
        return read.success ? [read.data] : [];
      }),
    );
