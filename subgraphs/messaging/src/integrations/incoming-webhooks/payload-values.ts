/** Lenient schemas for values in payloads: numbers in place of text, and lists with invalid members. */
import { z } from 'zod';

/** Text, number or boolean as text; otherwise empty. */
export const text = z.union([z.string(), z.number().transform(String), z.boolean().transform(String)]).catch('');

/** A number, or a text that holds one; otherwise 0. */
export const number = z.coerce.number().catch(0);

/** Drops members that do not match `member`. Empty if the value is not a list. */
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
