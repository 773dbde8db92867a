-- Health of a CvmSecurityGroupBinding for Argo CD: `resource.customizations.health.cvmsg.dev_CvmSecurityGroupBinding`.
local health = { status = "Progressing", message = "The controller has not looked at this object yet" }
if obj.metadata.deletionTimestamp ~= nil then
  health.message = "Being deleted"
  return health
end
local status = obj.status
if status == nil or status.observedGeneration ~= obj.metadata.generation then
  return health
end
local conditions = {}
for _, condition in ipairs(status.conditions or {}) do
  conditions[condition.type] = condition
end
local function is_true(type)
  return conditions[type] ~= nil and conditions[type].status == "True"
end
if is_true("Stalled") then
  return { status = "Degraded", message = conditions.Stalled.message }
end
if is_true("Suspended") then
  return { status = "Suspended", message = conditions.Suspended.message }
end
local ready = conditions.Ready
if ready == nil then
  return health
end
if ready.observedGeneration ~= nil and ready.observedGeneration ~= obj.metadata.generation then
  return health
end
if ready.status == "True" then
  return { status = "Healthy", message = ready.message }
end
return { status = "Progressing", message = ready.message }
