/** All commands, in the order of the help. */

import { backup, restore } from './backup.ts'
import type { Command } from './command.ts'
import { deadLettersDrop, deadLettersRetry } from './dead-letters-handle.ts'
import { deadLettersList } from './dead-letters-list.ts'
import { deadLettersShow } from './dead-letters-show.ts'
import { doctor } from './doctor.ts'
import { graph } from './graph.ts'
import { groupDescribe } from './group-describe.ts'
import { groupList } from './group-list.ts'
import { groupReset } from './group-reset.ts'
import { groupSkip } from './group-skip.ts'
import { pause, resume } from './pause.ts'
import { run } from './run.ts'
import { savepointCreate } from './savepoint-create.ts'
import { savepointDelete, savepointList, savepointShow } from './savepoint-list.ts'
import { stateImport } from './state-import.ts'
import { stateExport, stateGet, stateList } from './state-read.ts'
import { topicAlter } from './topic-alter.ts'
import { topicCreate } from './topic-create.ts'
import { topicDelete } from './topic-delete.ts'
import { topicDescribe } from './topic-describe.ts'
import { topicList } from './topic-list.ts'
import { topicRead } from './topic-read.ts'
import { topicWrite } from './topic-write.ts'

/** The commands by their words. */
export const COMMANDS: readonly Command[] = [
  run,
  topicList,
  topicCreate,
  topicDescribe,
  topicAlter,
  topicDelete,
  topicWrite,
  topicRead,
  groupList,
  groupDescribe,
  groupReset,
  groupSkip,
  deadLettersList,
  deadLettersShow,
  deadLettersRetry,
  deadLettersDrop,
  pause,
  resume,
  stateList,
  stateGet,
  stateExport,
  stateImport,
  savepointCreate,
  savepointList,
  savepointShow,
  savepointDelete,
  backup,
  restore,
  graph,
  doctor,
]
