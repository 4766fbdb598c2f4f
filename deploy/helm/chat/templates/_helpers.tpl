{{/* Names, labels and the parts that all pods share. */}}

{{- define "chat.labels" -}}
app.kubernetes.io/name: chat
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
app.kubernetes.io/part-of: chat
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
{{- end }}

{{- define "chat.selector" -}}
app.kubernetes.io/name: chat
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{- define "chat.secretName" -}}
{{- .Values.secret.existing | default (printf "%s-secret" .Release.Name) -}}
{{- end }}

{{- define "chat.dataSecretName" -}}
{{- .Values.secret.existingData | default (printf "%s-data-secret" .Release.Name) -}}
{{- end }}

{{- define "chat.image" -}}
{{ .root.Values.image.repository }}-{{ .component }}:{{ .root.Values.image.tag | default .root.Chart.AppVersion }}
{{- end }}

{{/* The address of a process within the cluster. */}}
{{- define "chat.address" -}}
http://{{ .root.Release.Name }}-{{ .component }}:{{ (index .root.Values.processes .component).port }}
{{- end }}

{{/* As the Pod Security Standard "restricted" demands it. */}}
{{- define "chat.podSecurity" -}}
runAsNonRoot: true
runAsUser: {{ .user }}
runAsGroup: {{ .user }}
fsGroup: {{ .user }}
fsGroupChangePolicy: OnRootMismatch
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "chat.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop:
    - ALL
{{- end }}

{{/* A secret value for one environment variable; pods start without it if it is not in the Secret. */}}
{{- define "chat.secretVariable" -}}
- name: {{ .name }}
  valueFrom:
    secretKeyRef:
      name: {{ .secret | default (include "chat.secretName" .root) }}
      key: {{ .name }}
      optional: {{ .optional }}
{{- end }}
