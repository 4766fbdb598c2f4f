/** graphql-shield rules about the viewer's standing on the installation, for the policies of all features. */
import { rule } from '@chat/kit/graphql/policy';
import { actsInPerson, isAdmin } from './permission.rules';

export const isAdministrator = rule('is an administrator', ({ viewer }) => isAdmin(viewer));

export const isInPerson = rule('is logged in without an API key', ({ viewer }) => actsInPerson(viewer));

/** The reason why administrators' mutations are exempt from WRITE: a key with the scope MANAGE alone may use them. */
export const DEMANDS_MANAGE = 'its rule demands MANAGE of an API key, which is more than WRITE';
