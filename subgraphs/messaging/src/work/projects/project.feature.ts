/** Projects: a name, members and tickets. */
import type { MessagingFeature } from '../../feature';
import { ProjectLoader } from './project.loader';
import { projectPolicy } from './project.policy';
import { projectReference } from './project.reference';
import { ProjectResolver } from './project.resolver';
import { projectEntities, ProjectService } from './project.service';

export const projectFeature: MessagingFeature<{
  services: { projects: ProjectService };
  loaders: { project: ProjectLoader };
}> = {
  name: 'projects',
  entities: projectEntities,
  resolvers: [ProjectResolver],
  references: { Project: projectReference },
  policy: projectPolicy,
  services: () => ({ projects: new ProjectService() }),
  loaders: ({ em, viewer, parts }) => ({ project: new ProjectLoader(em, viewer, parts.grants) }),
};
