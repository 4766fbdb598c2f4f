/** Forms that a plugin asks a person to fill in. */
import { z } from 'zod';

export const form = z.object({
  form: z.strictObject({
    title: z.string().max(200),
    fields: z
      .array(
        z.strictObject({
          id: z.string().regex(/^[a-z]\w{0,63}$/i),
          label: z.string().max(200),
          type: z.enum(['text', 'number', 'boolean', 'choice']).default('text'),
          choices: z.array(z.string().max(200)).max(100).optional(),
          required: z.boolean().default(false),
        }),
      )
      .max(25),
  }),
});
