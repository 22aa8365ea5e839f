{{/* Labels that select the pods of a role. Input: a dict of root and role. */}}
{{- define "docmap.selector" -}}
app.kubernetes.io/name: docmap-webhooks
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .role }}
{{- end }}

{{/* All labels of an object. Input: as above. */}}
{{- define "docmap.labels" -}}
{{ include "docmap.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "docmap-webhooks-%s" .root.Chart.Version }}
{{- end }}

{{/* The part of a pod that keeps the rules of the "restricted" Pod Security Standard. Input: the root. */}}
{{- define "docmap.pod" -}}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  seccompProfile:
    type: RuntimeDefault
imagePullSecrets: {{ toYaml .Values.imagePullSecrets | nindent 2 }}
nodeSelector: {{ toYaml .Values.nodeSelector | nindent 2 }}
tolerations: {{ toYaml .Values.tolerations | nindent 2 }}
{{- end }}

{{/* The image, and what its process may do. Input: the root. */}}
{{- define "docmap.container" -}}
image: {{ printf "%s:%s" .Values.image.repository (default .Chart.AppVersion .Values.image.tag) | quote }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities:
    drop: [ALL]
{{- end }}
