/** Roles, permissions, and the permissions of each role on the whole installation. Does not hold grants on single resources. */
import { registerEnumType } from 'type-graphql';

export enum Role {
  ADMIN = 'ADMIN',
  MODERATOR = 'MODERATOR',
  USER = 'USER',
  GUEST = 'GUEST',
}

export enum Permission {
  READ = 'READ',
  WRITE = 'WRITE',
  DELETE = 'DELETE',
  MANAGE = 'MANAGE',
}

registerEnumType(Role, {
  name: 'Role',
  description: 'The standing of an account on the whole installation.',
  valuesConfig: {
    ADMIN: { description: 'Runs the installation and may do everything.' },
    MODERATOR: { description: 'Keeps order and may also remove the content of others.' },
    USER: { description: 'A registered account.' },
    GUEST: {
      description: 'Came in without registering. Reads public content, and writes only in places that admitted it.',
    },
  },
});

registerEnumType(Permission, {
  name: 'Permission',
  description:
    'A permission on the whole installation or on one resource. On a resource, each includes those before it.',
  valuesConfig: {
    READ: { description: 'See it.' },
    WRITE: { description: 'Add to it and change it.' },
    DELETE: { description: 'Remove it, or the additions of others to it.' },
    MANAGE: { description: 'Everything, including access for others.' },
  },
});

const ALLOWED: Record<Role, readonly Permission[]> = {
  [Role.ADMIN]: [Permission.READ, Permission.WRITE, Permission.DELETE, Permission.MANAGE],
  [Role.MODERATOR]: [Permission.READ, Permission.WRITE, Permission.DELETE],
  [Role.USER]: [Permission.READ, Permission.WRITE],
  [Role.GUEST]: [Permission.READ],
};

/** Each permission once, in the order of the enum. */
export const inOrder = (permissions: readonly Permission[]): Permission[] =>
  Object.values(Permission).filter((permission) => permissions.includes(permission));

/** The permissions of these roles plus further ones from custom roles, in the order of the enum. */
export function permissionsOf(roles: readonly Role[], further: readonly Permission[] = []): Permission[] {
  return inOrder([...roles.flatMap((role) => ALLOWED[role]), ...further]);
}
