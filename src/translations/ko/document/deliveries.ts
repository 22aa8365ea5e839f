import type { Catalogue } from '../../phrase.js';

/** Texts of the OpenAPI document about the log, statistics, the backlog and recoveries. */
export const DELIVERY_TEXTS: Catalogue = {
  // The log
  "The log has one record for each attempt to the caller's webhooks. The `webhookId` of another user has no records. With the scope `admin`, `userId` lists the log of another user.":
    '전송 로그에는 호출자의 웹훅에 대한 시도마다 기록이 하나씩 있습니다. 다른 사용자의 `webhookId`로 조회하면 기록이 없습니다. 스코프가 `admin`이면 `userId`로 다른 사용자의 전송 로그를 조회할 수 있습니다.',
  'The user whose log to list. Default: the caller. Another user needs a key with the scope `admin`.':
    '전송 로그를 조회할 사용자입니다. 기본값은 호출자입니다. 다른 사용자를 지정하려면 스코프가 `admin`인 키가 필요합니다.',
  'Only records of this webhook.': '이 웹훅의 기록만 조회합니다.',
  'The most records in the response.': '응답에 포함할 최대 기록 수입니다.',
  'Only records with this status.': '이 상태의 기록만 조회합니다.',
  'Only records of this event type.': '이 이벤트 타입의 기록만 조회합니다.',
  'Only records of this extraction.': '이 추출의 기록만 조회합니다.',
  'Only records of this delivery: its `deliveryId`, which receivers get as `webhook-id`. Unknown ids have no records.':
    '이 전송의 기록만 조회합니다. 값은 전송의 `deliveryId`이며, 수신 서버는 이 값을 `webhook-id`로 받습니다. 알 수 없는 ID에는 기록이 없습니다.',
  'Only records with this HTTP status: one status (`500`), a class of them (`5xx`), or `none` for records without a response.':
    '이 HTTP 상태의 기록만 조회합니다. 상태 하나(`500`), 상태 범위(`5xx`), 또는 응답이 없는 기록을 뜻하는 `none`을 씁니다.',
  'Only records with this cause.': '이 원인으로 보낸 시도의 기록만 조회합니다.',
  'Only records that failed for this reason. `response`: the receiver answered, but not with a 2xx status, or not with valid HTTP. `refused-target`: the address is not allowed. `proxy`: the delivery proxy of the service made no connection to the receiver. Records of versions before this filter have no class.':
    '이 이유로 실패한 기록만 조회합니다. `response`: 수신 서버가 응답했지만 상태가 2xx가 아니거나 올바른 HTTP가 아닙니다. `refused-target`: 허용되지 않는 주소입니다. `proxy`: 서비스의 전송 프록시가 수신 서버에 연결하지 못했습니다. 이 필터가 생기기 전 버전의 기록에는 분류가 없습니다.',
  'Only attempts made at this time or later (ISO 8601).': '이 시각 또는 그 이후의 시도만 조회합니다(ISO 8601).',
  'Only attempts made before this time (ISO 8601).': '이 시각 이전의 시도만 조회합니다(ISO 8601).',
  'The `nextCursor` of the previous page.': '이전 페이지의 `nextCursor`입니다.',
  'The records.': '전송 기록입니다.',
  'Lists recent delivery attempts, newest first.': '최근 전송 시도를 최신순으로 조회합니다.',
  'Each receiver gets the event with the same `webhook-id`. The retry schedules begin again. If two records are of one delivery, it is queued once. After an error, which names the id at fault, nothing is queued.':
    '각 수신 서버는 같은 `webhook-id`로 이벤트를 받습니다. 재시도 일정은 처음부터 다시 시작됩니다. 두 기록이 같은 전송의 것이면 한 번만 대기열에 넣습니다. 오류가 나면 잘못된 ID를 알려 주고, 아무것도 대기열에 넣지 않습니다.',
  'The delivery of each record, in the order of the ids.': '각 기록의 전송입니다. 순서는 ID의 순서와 같습니다.',
  'Queues the events of several records to their webhooks once more: all of them or none.':
    '여러 기록의 이벤트를 각 웹훅으로 다시 보내도록 대기열에 넣습니다. 모두 넣거나 하나도 넣지 않습니다.',
  'The receiver wrote the response: treat it as untrusted text. The record has at most 16 KiB of its body.':
    '응답은 수신 서버가 작성한 것이므로 신뢰할 수 없는 텍스트로 다루십시오. 기록에는 응답 본문이 최대 16KiB까지 있습니다.',
  'The record.': '전송 기록입니다.',
  'Shows one delivery attempt with its request and response.': '전송 시도 하나를 요청, 응답과 함께 조회합니다.',
  'The receiver gets the event with the same `webhook-id`. The retry schedule begins again.':
    '수신 서버는 같은 `webhook-id`로 이벤트를 받습니다. 재시도 일정은 처음부터 다시 시작됩니다.',
  'The delivery, which is pending again.': '다시 대기 중이 된 전송입니다.',
  'Queues the same event to the same webhook once more.':
    '같은 이벤트를 같은 웹훅으로 다시 보내도록 대기열에 넣습니다.',
  "The record's unique id.": '전송 기록의 고유 ID입니다.',
  'The user who owns the webhook.': '웹훅을 소유한 사용자입니다.',
  'The webhook that the request was sent to.': '요청을 보낸 웹훅입니다.',
  'The extraction that the event is about.': '이벤트가 알리는 추출입니다.',
  'The event type.': '이벤트 타입입니다.',
  'The URL of the webhook at the time of the attempt.': '시도 시점의 웹훅 URL입니다.',
  '`success` after a 2xx status, otherwise `failed`.': '2xx 상태를 받으면 `success`, 그 외에는 `failed`입니다.',
  'The status of the response. Null without a response, for example after a network error or a timeout.':
    '응답의 상태입니다. 네트워크 오류나 타임아웃 등으로 응답이 없으면 null입니다.',
  'The reason why the attempt failed. Null on success.': '시도가 실패한 이유입니다. 성공하면 null입니다.',
  'The duration of the attempt, in milliseconds.': '시도에 걸린 시간(밀리초)입니다.',
  'The time of the attempt.': '시도한 시각입니다.',
  'The delivery of the attempt. The receiver gets this id as `webhook-id`.':
    '시도가 속한 전송입니다. 수신 서버는 이 ID를 `webhook-id`로 받습니다.',
  'The number of the attempt within its delivery, from 1.': '전송 안에서 1부터 시작하는 시도 번호입니다.',
  'The cause of the attempt.': '시도의 원인입니다.',
  'The time when the next attempt was due after this one. Null without a next attempt.':
    '이 시도 다음의 시도가 예정된 시각입니다. 다음 시도가 없으면 null입니다.',
  'Whether a next page exists, with older records.': '더 오래된 기록이 있는 다음 페이지가 있는지 여부입니다.',
  'The `cursor` of the next page. Null on the last page.':
    '다음 페이지의 `cursor`입니다. 마지막 페이지이면 null입니다.',
  'Ids of delivery records, each once.': '전송 기록의 ID입니다. 같은 ID를 두 번 쓸 수 없습니다.',
  'The first 16 KiB of the body.': '본문의 처음 16KiB입니다.',
  'Whether the body was longer than the part that is kept.': '본문이 저장된 부분보다 길었는지 여부입니다.',
  'The headers that the service set.': '서비스가 설정한 헤더입니다.',
  'The exact text that was sent and signed.': '서명하여 보낸 텍스트 그대로입니다.',
  'Null without a response.': '응답이 없으면 null입니다.',

  // Deliveries
  '`pending`: another attempt will be made. `succeeded`: the receiver answered 2xx. `exhausted`: no attempt is left. `cancelled`: the webhook was deleted, or its owner or an operator cancelled its backlog.':
    '`pending`: 앞으로 시도가 더 있습니다. `succeeded`: 수신 서버가 2xx로 응답했습니다. `exhausted`: 남은 시도가 없습니다. `cancelled`: 웹훅이 삭제되었거나, 소유자 또는 운영자가 백로그를 취소했습니다.',
  'The number of attempts so far.': '지금까지의 시도 횟수입니다.',
  'The time when the next attempt is due. Null without a next attempt.':
    '다음 시도가 예정된 시각입니다. 다음 시도가 없으면 null입니다.',

  // Statistics
  'The response has the number of attempts, their success rate and their durations, in total and by hour, and the present backlog. Attempts of deleted webhooks count. With the scope `admin`, `userId` shows the statistics of another user.':
    '응답에는 시도 횟수, 성공률, 걸린 시간이 전체와 시간별로 있고, 현재 백로그가 있습니다. 삭제된 웹훅의 시도도 포함됩니다. 스코프가 `admin`이면 `userId`로 다른 사용자의 통계를 조회할 수 있습니다.',
  'Only attempts made at this time or later (ISO 8601). Default: 24 hours ago.':
    '이 시각 또는 그 이후의 시도만 집계합니다(ISO 8601). 기본값은 24시간 전입니다.',
  'The user whose webhooks to count. Default: the caller. Another user needs a key with the scope `admin`.':
    '웹훅을 집계할 사용자입니다. 기본값은 호출자입니다. 다른 사용자를 지정하려면 스코프가 `admin`인 키가 필요합니다.',
  'The statistics.': '통계입니다.',
  'Shows statistics of the attempts of all webhooks of the caller.':
    '호출자의 모든 웹훅에 대한 시도 통계를 조회합니다.',
  'The response has the number of attempts, their success rate and their durations, in total and by hour, and the present backlog.':
    '응답에는 시도 횟수, 성공률, 걸린 시간이 전체와 시간별로 있고, 현재 백로그가 있습니다.',
  "Shows statistics of a webhook's attempts.": '웹훅의 시도 통계를 조회합니다.',
  'The share of attempts that succeeded, from 0 to 1. Null without attempts.':
    '성공한 시도의 비율(0~1)입니다. 시도가 없으면 null입니다.',
  'The beginning of the hour, in UTC.': '해당 시간대의 시작 시각(UTC)입니다.',
  'All pending deliveries, those that are being sent included.':
    '대기 중인 모든 전송입니다. 전송 중인 것도 포함합니다.',
  'The pending deliveries whose next attempt is due now. A pause may hold them back.':
    '다음 시도의 예정 시각이 된, 대기 중인 전송입니다. 일시 중지 때문에 보내지 않을 수도 있습니다.',
  'Whether the counts end at 10,000: there are at least as many. `oldestDue` is always exact.':
    '10,000건까지만 세었는지 여부입니다. true이면 실제로는 그 이상입니다. `oldestDue`는 항상 정확합니다.',
  'The earliest due time. Null without a due delivery.':
    '가장 이른 전송 예정 시각입니다. 예정 시각이 된 전송이 없으면 null입니다.',
  'Hours without attempts are left out.': '시도가 없는 시간대는 생략됩니다.',
  'The pending deliveries at the present time.': '현재 대기 중인 전송입니다.',

  // The backlog
  'A delivery is pending until an attempt succeeds, or until no attempt is left. `waitsFor` has the reason of its wait. `totals` counts the whole backlog, up to 10,000 deliveries.':
    '전송은 시도가 성공하거나 남은 시도가 없어질 때까지 대기 중입니다. `waitsFor`는 기다리는 이유입니다. `totals`는 백로그 전체를 10,000건까지 집계합니다.',
  'The most deliveries in the response.': '응답에 포함할 최대 전송 수입니다.',
  'The pending deliveries.': '대기 중인 전송입니다.',
  'Lists the pending deliveries of a webhook, those that are due first at the beginning.':
    '웹훅의 대기 중인 전송을 전송 예정 시각이 이른 순서로 조회합니다.',
  'Retries do not wait for their times, and a pause of the webhook ends, even one that `Retry-After` requested. After a pause, one delivery tests the receiver, and the others follow its success. If the receiver answers `429`, `502`, `503` or `504` again, the webhook pauses again. Each delivery keeps its place in the retry schedule. The webhook must be active. If `hasMore` is true, repeat the request.':
    '재시도는 예정 시각을 기다리지 않으며, `Retry-After`로 요청된 것을 포함하여 웹훅의 일시 중지가 해제됩니다. 일시 중지 뒤에는 먼저 전송 하나로 수신 서버를 확인하고, 성공하면 나머지를 보냅니다. 수신 서버가 다시 `429`, `502`, `503`, `504`로 응답하면 웹훅이 다시 일시 중지됩니다. 각 전송의 재시도 일정에서의 위치는 그대로입니다. 웹훅은 활성 상태여야 합니다. `hasMore`가 true이면 요청을 반복하십시오.',
  'The number of deliveries that waited for a later time.': '나중 시각을 기다리던 전송의 수입니다.',
  'Makes all pending deliveries of a webhook due now.': '웹훅의 대기 중인 전송의 예정 시각을 모두 지금으로 바꿉니다.',
  'Without a field, it cancels all of them. An attempt in flight ends and is recorded, and is not repeated. `POST …/recover` queues cancelled deliveries again. If `hasMore` is true, repeat the request.':
    '필드가 없으면 모두 취소합니다. 전송 중인 시도는 끝까지 진행되어 기록되고, 반복되지 않습니다. 취소된 전송은 `POST …/recover`로 다시 대기열에 넣을 수 있습니다. `hasMore`가 true이면 요청을 반복하십시오.',
  'The number of cancelled deliveries.': '취소된 전송의 수입니다.',
  'Cancels pending deliveries of a webhook.': '웹훅의 대기 중인 전송을 취소합니다.',
  'The receiver gets this id as `webhook-id`.': '수신 서버는 이 ID를 `webhook-id`로 받습니다.',
  'The number of the next attempt within the delivery, from 1.': '전송 안에서 1부터 시작하는, 다음 시도의 번호입니다.',
  'The time when the next attempt is due.': '다음 시도가 예정된 시각입니다.',
  'The reason of the wait. `due`: the delivery is being sent, or is sent as soon as there is room for it. `retry`: its next attempt is not due yet. `pause`: the webhook is paused or not active, or gets one delivery at a time after a pause. `rate-limit`: the `rateLimit` of the webhook allows no request now. `order`: an earlier event of its extraction is pending.':
    '기다리는 이유입니다. `due`: 전송 중이거나, 여유가 생기는 대로 전송됩니다. `retry`: 다음 시도의 예정 시각이 아직 되지 않았습니다. `pause`: 웹훅이 일시 중지되었거나 활성 상태가 아니거나, 일시 중지 뒤에 전송을 한 번에 하나씩 받고 있습니다. `rate-limit`: 웹훅의 `rateLimit` 때문에 지금은 요청을 보낼 수 없습니다. `order`: 같은 추출의 앞선 이벤트가 대기 중입니다.',
  'Whether a next page exists, with deliveries that are due later.':
    '예정 시각이 더 늦은 전송이 있는 다음 페이지가 있는지 여부입니다.',
  'Of the whole backlog, not of the page.': '페이지가 아니라 백로그 전체의 값입니다.',
  'The number of deliveries that were cancelled, or that waited for a later time and are due now.':
    '취소된 전송의 수, 또는 예정 시각이 지금으로 바뀐 전송의 수입니다.',
  'Whether the time of the request was over before the last delivery. Repeat the request then.':
    '마지막 전송까지 처리하기 전에 요청의 제한 시간이 끝났는지 여부입니다. true이면 요청을 반복하십시오.',
  'Only deliveries of this event type.': '이 이벤트 타입의 전송만 취소합니다.',
  'Only deliveries of events that were accepted before this time (ISO 8601).':
    '이 시각 이전에 접수된 이벤트의 전송만 취소합니다(ISO 8601).',

  // Recoveries
  'The recovery queues each event of the time window that the webhook subscribes to and has not received. Either its delivery has ended without success, or there never was one. With `include: "all"`, it also queues events that were delivered. Pending deliveries stay as they are. `events` and `extractionIds` choose some of the events. The webhook must be active. A large recovery goes on in the background.':
    '복구는 기간 안의 이벤트 중에서 웹훅이 구독하지만 받지 못한 것을 대기열에 넣습니다. 전송이 성공하지 못하고 끝났거나 전송이 아예 없었던 이벤트입니다. `include: "all"`이면 이미 전송된 이벤트도 넣습니다. 대기 중인 전송은 그대로 둡니다. `events`와 `extractionIds`로 일부 이벤트만 고를 수 있습니다. 웹훅은 활성 상태여야 합니다. 규모가 큰 복구는 백그라운드에서 계속됩니다.',
  'With `dryRun: true`, the response has status 200 and the number of these events. Nothing is queued, and the webhook may be inactive.':
    '`dryRun: true`이면 상태 200과 이러한 이벤트의 수로 응답합니다. 아무것도 대기열에 넣지 않으며, 웹훅이 비활성 상태여도 됩니다.',
  'With `dryRun`: the events that the recovery would queue.': '`dryRun`일 때: 복구가 대기열에 넣을 이벤트입니다.',
  'The recovery and its progress.': '복구와 그 진행 상황입니다.',
  'Queues the events that the webhook has missed.': '웹훅이 받지 못한 이벤트를 대기열에 넣습니다.',
  'A recovery is removed at the end of the retention, like the events.':
    '복구는 이벤트와 마찬가지로 보존 기간이 끝나면 삭제됩니다.',
  'The most recoveries in the response.': '응답에 포함할 최대 복구 수입니다.',
  'The recoveries.': '복구입니다.',
  'Lists the recoveries of a webhook, newest first.': '웹훅의 복구를 최신순으로 조회합니다.',
  'Repeat the request until `status` is not `running`.': '`status`가 `running`이 아닐 때까지 요청을 반복하십시오.',
  'Shows the progress of a recovery.': '복구의 진행 상황을 조회합니다.',
  'Deliveries that are queued already stay queued: `POST …/backlog/cancel` cancels them. A recovery that has ended stays as it is, with `completed` or `cancelled` as its `status`.':
    '이미 대기열에 있는 전송은 그대로 남으며, `POST …/backlog/cancel`로 취소할 수 있습니다. 이미 끝난 복구는 바뀌지 않으며, `status`는 `completed` 또는 `cancelled`입니다.',
  'The recovery, which has ended.': '끝난 복구입니다.',
  'Cancels the part of a recovery that is not queued yet.': '복구 중 아직 대기열에 넣지 않은 부분을 취소합니다.',
  'Events accepted at this time or later (ISO 8601).': '이 시각 또는 그 이후에 접수된 이벤트입니다(ISO 8601).',
  'Events accepted before this time (ISO 8601). Default: now.':
    '이 시각 이전에 접수된 이벤트입니다(ISO 8601). 기본값은 현재 시각입니다.',
  'Only events of these types: names, `*`, or patterns such as `extraction.*`. The webhook must subscribe to them too. Default: all types that it subscribes to.':
    '이 타입의 이벤트만 복구합니다. 타입 이름, `*` 또는 `extraction.*`와 같은 패턴을 씁니다. 웹훅도 이 타입을 구독하고 있어야 합니다. 기본값은 웹훅이 구독하는 모든 타입입니다.',
  'Only events about these extractions, up to 100. Default: all.':
    '이 추출의 이벤트만 복구합니다. 최대 100개이며, 기본값은 전체입니다.',
  '`missed`, the default: events that the webhook has not received. `all`: also events that it has received.':
    '`missed`(기본값): 웹훅이 받지 못한 이벤트. `all`: 이미 받은 이벤트도 포함합니다.',
  '`true`: count the events, and queue nothing.': '`true`: 이벤트 수만 세고, 아무것도 대기열에 넣지 않습니다.',
  'When the first of them was accepted. Null without events.':
    '그중 첫 번째 이벤트가 접수된 시각입니다. 이벤트가 없으면 null입니다.',
  'When the last of them was accepted. Null without events. `until` is exclusive: it must be later than this time.':
    '그중 마지막 이벤트가 접수된 시각입니다. 이벤트가 없으면 null입니다. `until`과 같은 시각은 포함되지 않으므로, `until`은 이 시각보다 늦어야 합니다.',
  'Whether the count ended after two seconds: there are at least as many events, and `newest` is the last counted one.':
    '2초 뒤에 세기를 멈추었는지 여부입니다. true이면 이벤트가 적어도 이만큼 있으며, `newest`는 마지막으로 센 이벤트입니다.',
  'The types of the request. Null: all that the webhook subscribes to.':
    '요청에서 지정한 타입입니다. null이면 웹훅이 구독하는 모든 타입입니다.',
  'The extractions of the request. Null: all.': '요청에서 지정한 추출입니다. null이면 전체입니다.',
  'The number of deliveries that the recovery has queued so far.': '복구가 지금까지 대기열에 넣은 전송의 수입니다.',
  'The number of events of the window that the recovery has examined so far, those that it does not queue included.':
    '복구가 지금까지 검사한, 기간 안의 이벤트 수입니다. 대기열에 넣지 않은 이벤트도 포함합니다.',
  'The number of events of the window that are still to be examined. An estimate: the events are counted when the recovery begins. Null: there are too many to count within a second.':
    '기간 안에서 앞으로 검사할 이벤트의 수입니다. 복구가 시작될 때 한 번 세므로 추정치입니다. 1초 안에 셀 수 없을 만큼 많으면 null입니다.',
  'The estimated end, from the rate so far. Null: not known, or not running.':
    '지금까지의 속도로 추정한 종료 시각입니다. 알 수 없거나 진행 중이 아니면 null입니다.',
  'When the recovery was completed or cancelled.': '복구가 완료되었거나 취소된 시각입니다.',
  'Whether a next page exists, with older recoveries.': '더 오래된 복구가 있는 다음 페이지가 있는지 여부입니다.',
};
