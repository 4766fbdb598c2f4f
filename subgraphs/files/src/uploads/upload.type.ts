/** The result of beginUpload. */
import { assumedSize } from '@chat/kit/graphql/list-sizes';
import { Directive, Field, ObjectType } from 'type-graphql';
import { File } from '../files/file.type';

@ObjectType({ simpleResolvers: true, description: 'A header of an HTTP request.' })
export class UploadHeader {
  @Field({ description: 'The name.' })
  name!: string;

  @Field({ description: 'The value.' })
  value!: string;
}

@ObjectType({
  simpleResolvers: true,
  description: 'An upload that has begun. Send the bytes to one of its URLs, then call completeUpload.',
})
export class Upload {
  @Field(() => File, { description: 'The file, with the status PENDING.' })
  file!: File;

  @Field(() => String, {
    nullable: true,
    description:
      'Accepts the whole file in one request, of exactly the declared size and type. Null if the size was not declared.',
  })
  uploadUrl!: string | null;

  @Field({ description: 'The method of the request to `uploadUrl`.' })
  method!: string;

  @Directive(assumedSize(2))
  @Field(() => [UploadHeader], { description: 'Headers that the request to `uploadUrl` must have.' })
  headers!: UploadHeader[];

  @Field({
    description:
      'A tus 1.0 URL, for large files and unreliable connections: clients may create (POST) or continue (HEAD, PATCH) the upload at this same URL.',
  })
  resumableUrl!: string;

  @Field(() => Date, {
    description: 'The end of the lifetime of both URLs. An upload that is not complete then fails.',
  })
  expiresAt!: Date;
}
