/** Files in the graph. Holds no SQL and no permission logic. */
import { ApiError } from '@chat/kit/errors';
import type { FeedItem } from '@chat/kit/events/event-feed';
import { pageArgumentDescriptions as page } from '@chat/kit/graphql/connection';
import { viewerOf } from '@chat/kit/graphql/context';
import { resumable } from '@chat/kit/graphql/live-directives';
import { startingAt } from '@chat/kit/graphql/start-cursor';
import {
  Arg,
  Ctx,
  Directive,
  FieldResolver,
  ID,
  Int,
  Mutation,
  Query,
  Resolver,
  Root,
  Subscription,
  type SubscribeResolverData,
} from 'type-graphql';
import type { FilesContext } from '../context';
import type { FileEntity } from './file.entity';
import { fileStream, type FileEvents } from './file.events';
import { Permission } from './permission.enum';
import { File, FileConnection, FileScan, FileStatusChange, FileUsage } from './file.type';

@Resolver(() => File)
export class FileResolver {
  @Query(() => File, { description: 'One file. NOT_FOUND if the viewer may not see it.' })
  file(
    @Ctx() { loaders }: FilesContext,
    @Arg('id', () => ID, { description: 'Its id.' }) id: string,
  ): Promise<FileEntity> {
    return loaders.file.requireFile(id);
  }

  @Query(() => FileConnection, { description: "The viewer's own files, newest first." })
  myFiles(
    @Ctx() context: FilesContext,
    @Arg('first', () => Int, { nullable: true, description: page.first }) first?: number | null,
    @Arg('after', () => String, { nullable: true, description: page.after }) after?: string | null,
    @Arg('last', () => Int, { nullable: true, description: page.last }) last?: number | null,
    @Arg('before', () => String, { nullable: true, description: page.before }) before?: string | null,
  ) {
    return context.services.files.myFiles(context.em, viewerOf(context).id, { first, after, last, before });
  }

  @Query(() => FileUsage, { description: 'The storage that the viewer uses.' })
  usage(@Ctx() context: FilesContext) {
    return context.services.files.usage(context.em, viewerOf(context).id);
  }

  @Mutation(() => Boolean, {
    description:
      'Deletes a file with its bytes, wherever it is attached. Requires its ownership, a share with DELETE, or administration.',
  })
  async deleteFile(
    @Ctx() { em, loaders, services }: FilesContext,
    @Arg('id', () => ID, { description: 'The file.' }) id: string,
  ): Promise<boolean> {
    await services.deletion.deleteFile(em, id);
    loaders.file.clear(id);
    return true;
  }

  @Mutation(() => File, {
    description:
      'Shares a file with an account. A later share replaces an earlier one. Requires its ownership, a share with MANAGE, or administration.',
  })
  async shareFile(
    @Ctx() { em, loaders, services }: FilesContext,
    @Arg('id', () => ID, { description: 'The file.' }) id: string,
    @Arg('userId', () => ID, { description: 'The account. BAD_USER_INPUT if there is none.' }) userId: string,
    @Arg('permission', () => Permission, {
      description: 'READ sees and downloads the file, DELETE may delete it, MANAGE may share it.',
    })
    permission: Permission,
  ): Promise<FileEntity> {
    const file = await loaders.file.requireFile(id);
    await services.sharing.shareFile(em, file, userId, permission);
    return file;
  }

  @FieldResolver(() => FileScan, {
    nullable: true,
    description: 'The malware scan; null until the upload is complete.',
  })
  scan(@Root() { scanVerdict, scanSignature, scannedAt }: FileEntity): FileScan | null {
    return scanVerdict === null ? null : { verdict: scanVerdict, signature: scanSignature, scannedAt };
  }

  @FieldResolver()
  owner(@Root() { ownerId }: FileEntity): { id: string } {
    return { id: ownerId };
  }

  @Directive(resumable('after', 'cursor'))
  @Subscription(() => FileStatusChange, {
    description: `Each change of the status of one file.
An error with the code SUBSCRIPTION_INTERRUPTED comes first if events after \`after\` are no longer kept.`,
    subscribe: async ({
      args,
      context,
    }: SubscribeResolverData<unknown, { id: string; after?: string | null }, FilesContext>) => {
      const id = args.id.toLowerCase();
      const stream = fileStream.of(id);
      const feed = await context.feed.open(stream, fileStream.position(id, args.after));
      return startingAt(feed, context.feed.cursorOf(stream, feed.startSeq));
    },
  })
  async fileStatusChanged(
    @Root() item: FeedItem<FileEvents>,
    @Ctx() { feed, loaders }: FilesContext,
    @Arg('id', () => ID, { description: 'The file to follow.' }) id: string,
    @Arg('after', () => String, {
      nullable: true,
      description:
        'Event cursor: the `cursor` of the last change that the client has seen. Without it, only new changes come.',
    })
    _after?: string | null,
  ): Promise<FileStatusChange> {
    if (item.kind === 'gap')
      throw new ApiError('SUBSCRIPTION_INTERRUPTED', 'Earlier events are no longer kept. Read the file again.');
    const { status, verdict, signature, scannedAt } = item.row.payload;
    const fileId = id.toLowerCase();
    return {
      cursor: feed.cursorOf(fileStream.of(fileId), item.row.seq),
      id: fileId,
      status,
      scan: verdict && { verdict, signature, scannedAt: scannedAt === null ? null : new Date(scannedAt) },
      file: (await loaders.file.requireFile(fileId)) as unknown as File,
    };
  }
}
