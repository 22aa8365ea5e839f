import { DELIVERY_TEXTS } from './ko/document/deliveries.js';
import { COMMON_TEXTS } from './ko/document/common.js';
import { EVENT_TEXTS } from './ko/document/events.js';
import { WEBHOOK_TEXTS } from './ko/document/webhooks.js';
import { translatedText, withTexts } from './document-parts.js';
import { translatorOf } from './phrase.js';

const korean = translatorOf(COMMON_TEXTS, DELIVERY_TEXTS, EVENT_TEXTS, WEBHOOK_TEXTS);

/** A copy of an OpenAPI document in Korean. Texts without a translation, such as those of an application, stay as they are. */
export function koreanDocument<Document>(document: Document): Document {
  return withTexts(document, (text) => translatedText(text, korean)) as Document;
}
