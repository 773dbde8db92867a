/** The Event that the controllers of Flux post, so that what receives those receives these. */
import type { Notification } from '../notification.ts';
import { type Format, jsonMessage } from './format.ts';
import { detailLines } from './text.ts';
import { webhook } from './webhook.ts';

export const flux: Format = {
  limits: webhook.limits,
  message: (notification, { url }) => jsonMessage(url, bodyOf(notification)),
  answer: webhook.answer,
};

/** It knows no warnings: what Kubernetes calls one is an `error` there. */
function bodyOf(notification: Notification): object {
  const { severity, reason, title, atMs, bindings, revision, digest, scope } = notification;
  const [first] = bindings;
  const [namespace = 'default', name = 'cvmsg'] = first?.split('/') ?? [];
  const hasMetadata = (revision ?? digest ?? scope) !== undefined;
  return {
    involvedObject: {
      apiVersion: 'cvmsg.dev/v1alpha1',
      kind: 'CvmSecurityGroupBinding',
      name,
      namespace: namespace.slice(namespace.indexOf(':') + 1),
    },
    severity: severity === 'info' ? 'info' : 'error',
    timestamp: new Date(atMs).toISOString(),
    message: [title, ...detailLines(notification)].join('\n'),
    reason,
    ...(hasMetadata && { metadata: { revision, digest, scope } }),
    reportingController: 'cvmsg',
    reportingInstance: 'cvmsg',
  };
}
