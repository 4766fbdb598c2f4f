/** Files as clients see them. Access to each field is in file.policy.ts. */
import { connectionType } from '@chat/kit/graphql/connection';
import { VIEWER_DEPENDENT } from '@chat/kit/graphql/live-directives';
import { GraphQLJSON } from 'graphql-scalars';
import { Directive, Field, Float, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { FileStatus, ScanVerdict } from './file.entity';
import { User } from './user.type';

registerEnumType(FileStatus, {
  name: 'FileStatus',
  description: 'The state of a file.',
  valuesConfig: {
    PENDING: { description: 'The upload is not complete.' },
    SCANNING: { description: 'The upload is complete; the file waits for its scan and inspection.' },
    READY: { description: 'The file can be downloaded.' },
    REJECTED: { description: 'The scan found a signature. The file cannot be downloaded.' },
    FAILED: { description: 'The upload has expired, or its bytes do not match the declared size or hash.' },
  },
});

registerEnumType(ScanVerdict, {
  name: 'ScanVerdict',
  description: 'The result of the malware scan.',
  valuesConfig: {
    PENDING: { description: 'The file waits for the scanner.' },
    CLEAN: { description: 'The whole file was scanned, and no signature was found.' },
    INFECTED: { description: 'A signature was found.' },
    NOT_SCANNED: { description: 'The file exceeds a limit of the scanner.' },
    DISABLED: { description: 'The operator has switched the scanner off.' },
  },
});

@ObjectType({ simpleResolvers: true, description: 'The malware scan of a file.' })
export class FileScan {
  @Field(() => ScanVerdict, { description: 'The result.' })
  verdict!: ScanVerdict;

  @Field(() => String, { nullable: true, description: 'The name of the signature that was found; null otherwise.' })
  signature!: string | null;

  @Field(() => Date, { nullable: true, description: 'The time of the last scan; null before the first one.' })
  scannedAt!: Date | null;
}

@Directive('@key(fields: "id")')
@ObjectType({
  simpleResolvers: true,
  description:
    'An uploaded file. Visible to its owner, to administrators, to accounts with which it is shared, and wherever it is attached.',
})
export class File {
  @Field(() => ID, { description: 'Opaque and permanent (UUIDv7).' })
  id!: string;

  @Field({ description: 'The name that the uploader gave, unchanged.' })
  name!: string;

  @Field(() => String, {
    nullable: true,
    description: 'The media type (RFC 6838), detected from the content; null until the file is inspected.',
  })
  mimeType!: string | null;

  @Field(() => Int, { description: 'The size in bytes: declared until the upload is complete, and real afterwards.' })
  size!: number;

  @Field(() => String, {
    nullable: true,
    description: 'The SHA-256 of the content in lower-case hex; null until the upload is complete.',
  })
  sha256!: string | null;

  @Field(() => FileStatus, { description: 'The state of the file.' })
  status!: FileStatus;

  @Field(() => GraphQLJSON, {
    nullable: true,
    description: 'Facts by name, such as width, height, pages or duration; null until the file is inspected.',
  })
  metadata!: Record<string, unknown> | null;

  @Field(() => User, { description: 'The account that uploaded the file.' })
  owner!: User;

  @Field(() => Date, { description: 'The start of the upload.' })
  createdAt!: Date;

  @Directive(VIEWER_DEPENDENT)
  @Field(() => String, {
    nullable: true,
    description:
      'A temporary URL (60 seconds by default) for the viewer to download the file. Null unless the status is READY.',
  })
  downloadUrl?: string | null;

  @Directive(VIEWER_DEPENDENT)
  @Field(() => String, {
    nullable: true,
    description: 'A temporary URL of a small image of the file. Null if there is none.',
  })
  thumbnailUrl?: string | null;

  @Directive(VIEWER_DEPENDENT)
  @Field(() => String, {
    nullable: true,
    description: 'A temporary URL of an image of the file for the size of a screen. Null if there is none.',
  })
  previewUrl?: string | null;

  @Directive(VIEWER_DEPENDENT)
  @Field(() => String, {
    nullable: true,
    description: 'A temporary URL of the text of a document, as text/plain in UTF-8. Null if there is none.',
  })
  textUrl?: string | null;
}

@ObjectType({ description: 'Files, newest first.' })
export class FileConnection extends connectionType('File', () => File) {}

@ObjectType({ simpleResolvers: true, description: 'The storage that an account uses.' })
export class FileUsage {
  @Field(() => Float, {
    description: 'The total size of its files, uploads in progress included: a whole number of bytes.',
  })
  usedBytes!: number;

  @Field(() => Float, { nullable: true, description: 'The limit: a whole number of bytes. Null if there is none.' })
  quotaBytes!: number | null;
}

@ObjectType({ simpleResolvers: true, description: 'A change of the status of one file.' })
export class FileStatusChange {
  @Field({ description: 'Event cursor of this change, for `after` of the subscription.' })
  cursor!: string;

  @Field(() => ID, { description: 'The file.' })
  id!: string;

  @Field(() => FileStatus, { description: 'The new status.' })
  status!: FileStatus;

  @Field(() => FileScan, { nullable: true, description: 'The scan at the time of the change; null before the first.' })
  scan!: FileScan | null;

  @Field(() => File, { description: 'The file as it is when the change is delivered.' })
  file!: File;
}
