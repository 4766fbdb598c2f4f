/** The download URLs of files, made anew for each viewer and request. */
import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import type { FilesContext } from '../context';
import type { FileEntity } from '../files/file.entity';
import { File } from '../files/file.type';

@Resolver(() => File)
export class DownloadResolver {
  @FieldResolver()
  downloadUrl(@Root() file: FileEntity, @Ctx() { services, viewer }: FilesContext): string | null {
    return services.downloadUrls.downloadUrl(viewer, file);
  }

  @FieldResolver()
  thumbnailUrl(@Root() file: FileEntity, @Ctx() { services, viewer }: FilesContext): string | null {
    return services.downloadUrls.derivedUrl(viewer, file, 'thumbnail');
  }

  @FieldResolver()
  previewUrl(@Root() file: FileEntity, @Ctx() { services, viewer }: FilesContext): string | null {
    return services.downloadUrls.derivedUrl(viewer, file, 'preview');
  }

  @FieldResolver()
  textUrl(@Root() file: FileEntity, @Ctx() { services, viewer }: FilesContext): string | null {
    return services.downloadUrls.derivedUrl(viewer, file, 'text');
  }
}
