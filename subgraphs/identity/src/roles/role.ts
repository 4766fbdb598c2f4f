/** Roles and permissions, and what each role allows everywhere. Grants on single resources come on top and are not listed here. */
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
  description: 'What an account is on the whole installation.',
  valuesConfig: {
    ADMIN: { description: 'Runs the installation: may do everything.' },
    MODERATOR: { description: 'Keeps order: may also remove what others wrote.' },
    USER: { description: 'A registered account.' },
    GUEST: { description: 'Came without registering: may read what is public and write where it was let in.' },
  },
});

registerEnumType(Permission, {
  name: 'Permission',
  description:
    'What may be done, on the whole installation or on one resource. On a resource each includes those before it.',
  valuesConfig: {
    READ: { description: 'See it.' },
    WRITE: { description: 'Add to it and change it.' },
    DELETE: { description: 'Remove it, or what others added to it.' },
    MANAGE: { description: 'Everything, including who else may.' },
  },
});

const ALLOWED: Record<Role, readonly Permission[]> = {
  [Role.ADMIN]: [Permission.READ, Permission.WRITE, Permission.DELETE, Permission.MANAGE],
  [Role.MODERATOR]: [Permission.READ, Permission.WRITE, Permission.DELETE],
  [Role.USER]: [Permission.READ, Permission.WRITE],
  [Role.GUEST]: [Permission.READ],
};

/** Each once, in the order of the enum. */
export const inOrder = (permissions: readonly Permission[]): Permission[] =>
  Object.values(Permission).filter((permission) => permissions.includes(permission));

/** What these roles, and further permissions from custom roles, allow together; in the enum's order. */
export function permissionsOf(roles: readonly Role[], further: readonly Permission[] = []): Permission[] {
  return inOrder([...roles.flatMap((role) => ALLOWED[role]), ...further]);
}
