/** The rule for file names. Names are kept as they are or refused; nothing is repaired, and no name becomes a path on the server. */
import { textProblem } from '@chat/kit/graphql/text';
import { registerDecorator } from 'class-validator';

/** In Unicode code points. */
const MAX_LENGTH = 255;

/** The end of a sentence, such as "must not be empty"; undefined if the name is usable. */
function fileNameProblem(name: unknown): string | undefined {
  const problem = textProblem(name, { max: MAX_LENGTH });
  if (problem) return problem;
  if (/[/\\]/.test(name as string)) return 'must not have slashes or backslashes';
  return /^\.{1,2}$/.test(name as string) ? 'must not be . or ..' : undefined;
}

/** class-validator decorator for {@link fileNameProblem}. */
export const IsFileName = (): PropertyDecorator => (target, property) =>
  registerDecorator({
    name: 'isText', // the subgraph builds only if every text has a rule of this name
    target: target.constructor,
    propertyName: property as string,
    validator: {
      validate: (value) => fileNameProblem(value) === undefined,
      defaultMessage: (given) => `${given!.property} ${fileNameProblem(given!.value)}`,
    },
  });
