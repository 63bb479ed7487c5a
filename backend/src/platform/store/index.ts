import { Global, Module } from '@nestjs/common';
import { FileStore } from './file-store.js';

export { FileEmpty, FileStore, FileTooLarge, type StoredFile } from './file-store.js';

@Global()
@Module({ providers: [FileStore], exports: [FileStore] })
export class StoreModule {}
