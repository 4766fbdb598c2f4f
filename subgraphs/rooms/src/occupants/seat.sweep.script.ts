/**
 * The Lua script that removes seats without clients, and gives seats back. A gateway that stood still for too long cannot be told from a dead
 * one, so its seats are removed, and remembered for a while: if it comes back with the connection of a seat, and the account has done nothing
 * else, the seat is added again.
 */
import { PRELUDE } from './seat.scripts';

/**
 * Removes seats if their connection or lease has ended, and gives back those with a gateway that was only silent. KEYS: the prefix, the
 * prefix of the hashes of connections by account, the sorted set of gateways' beats. ARGV: silence after which a gateway is gone in ms, grace
 * in ms, how long a lost seat is remembered in ms, lease in ms, time in ms for which no other process sweeps or 0. @returns the number of
 * removed seats, whether there is anything left to watch, and the number of departures; nothing if another process has the turn
 */
export const SWEEP = `${PRELUDE}
if ARGV[5] ~= '0' and not redis.call('SET', prefix .. 'keeper', '1', 'PX', ARGV[5], 'NX') then return {} end
local silence, grace, memory, lease = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local alive = {}
for _, gateway in ipairs(redis.call('ZRANGEBYSCORE', KEYS[3], nowMs - silence, '+inf')) do alive[gateway] = true end
local function isAlive(user, connection)
  local gateway = string.match(connection, '^([^/]+)/')
  return gateway and alive[gateway] and redis.call('HEXISTS', KEYS[2] .. user, connection) == 1
end
-- The client of a lost connection may follow the room over another one by now.
local function rebind(room, user, seat)
  local watcher = redis.call('HGET', roomKey(room, 'watchers'), user)
  if not watcher or not isAlive(user, watcher) then return false end
  seat.connection = watcher
  redis.call('HSET', roomKey(room, 'seats'), user, cjson.encode(seat))
  return true
end
-- A gateway without any pulse may have started this moment, so its connections get the grace period.
local function isGatewayGone(connection)
  local gateway = string.match(connection, '^([^/]+)/') or ''
  return not alive[gateway] and redis.call('ZSCORE', KEYS[3], gateway)
end
local function hasAny(user)
  for _, connection in ipairs(redis.call('HKEYS', KEYS[2] .. user)) do
    if alive[string.match(connection, '^([^/]+)/') or ''] then return true end
  end
  return false
end
local removed = 0
for _, room in ipairs(redis.call('SMEMBERS', prefix .. 'active')) do
  local seats = redis.call('HGETALL', roomKey(room, 'seats'))
  if #seats == 0 then redis.call('SREM', prefix .. 'active', room) end
  for index = 1, #seats, 2 do
    local user, seat = seats[index], cjson.decode(seats[index + 1])
    local isPresent
    if seat.connection == '' then
      isPresent = tonumber(redis.call('HGET', roomKey(room, 'leases'), user) or '0') > nowMs
      if hasAny(user) then
        seat.connection = '*'
        redis.call('HSET', roomKey(room, 'seats'), user, cjson.encode(seat))
        isPresent = true
      end
      if not isPresent then
        removeSeat(room, user, seats[index + 1], tickClock())
        removed = removed + 1
      end
    else
      if seat.connection == '*' then isPresent = hasAny(user) else isPresent = isAlive(user, seat.connection) end
      if not isPresent then isPresent = rebind(room, user, seat) end
      if isPresent then redis.call('HDEL', roomKey(room, 'missing'), user)
      elseif seat.connection ~= '*' and isGatewayGone(seat.connection) then
        local lost = { seat = seat, pose = redis.call('HGET', roomKey(room, 'poses'), user), at = nowMs }
        redis.call('HSET', prefix .. 'lost', lostField(room, user), cjson.encode(lost))
        removeSeat(room, user, seats[index + 1], tickClock()) -- its silence was long enough for a reconnect
        removed = removed + 1
      else
        local since = tonumber(redis.call('HGET', roomKey(room, 'missing'), user) or '0')
        if since == 0 then redis.call('HSET', roomKey(room, 'missing'), user, text(nowMs))
        elseif nowMs - since >= grace then
          removeSeat(room, user, seats[index + 1], tickClock())
          removed = removed + 1
        end
      end
    end
  end
end
local function giveBack(room, user, lost)
  local seat = lost.seat
  if redis.call('HEXISTS', roomKey(room, 'seats'), user) == 1 then return end
  if redis.call('HLEN', roomKey(room, 'seats')) >= (seat.capacity or 0) then return end
  seat.slot = nil
  addSeat(room, user, seat, cjson.decode(lost.pose), lease)
  redis.call('RPUSH', prefix .. 'departures', cjson.encode({ room = room, user = user, epoch = seat.epoch, returned = { avatar = seat.avatar } }))
end
local fields = redis.call('HGETALL', prefix .. 'lost')
for index = 1, #fields, 2 do
  local room, user = string.match(fields[index], '^(%S+) (%S+)$')
  local lost = cjson.decode(fields[index + 1])
  local isBack = isAlive(user, lost.seat.connection)
  if isBack or nowMs - lost.at > memory then redis.call('HDEL', prefix .. 'lost', fields[index]) end
  if isBack then giveBack(room, user, lost) end
end
local isWatching = redis.call('EXISTS', prefix .. 'active', prefix .. 'lost')
return { removed, isWatching, redis.call('LLEN', prefix .. 'departures') }`;
