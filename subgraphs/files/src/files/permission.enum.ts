/** The permissions of shares, as everywhere in the graph. */
import { registerEnumType } from 'type-graphql';

export enum Permission {
  READ = 'READ',
  WRITE = 'WRITE',
  DELETE = 'DELETE',
  MANAGE = 'MANAGE',
}

registerEnumType(Permission, {
  name: 'Permission',
  description: 'A permission, in ascending order. On a resource, each includes those before it.',
});
