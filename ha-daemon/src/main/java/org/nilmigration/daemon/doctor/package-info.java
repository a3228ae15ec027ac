/**
 * What this host's configuration and machine are good for, before anything is started: {@code
 * nilctl doctor}. Changes nothing but what a probe starts and ends itself. Runs on the command's
 * thread; depends on the probes of the modules below and on {@code cli}.
 */
package org.nilmigration.daemon.doctor;
